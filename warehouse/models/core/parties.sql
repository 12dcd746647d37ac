-- description: 当事人：案件中的申请人（10）与被申请人（20），只有令牌与脱敏形式
-- key: case_code, role_code, party_token
-- column kind: 当事人类别：person 自然人，organisation 组织
-- column party_token: 当事人令牌：依次取证件、电话、姓名的令牌，组织取统一社会信用代码；只在本案内区分当事人
-- column person_token: 证件号码令牌；没有证件号码时为空，不能据此认人
-- column identity_confidence: 身份把握：1 有证件号码，2 有电话，3 只有姓名
WITH sides AS (
    SELECT case_code, '10' AS role_code, coalesce(applicant_kind, 'person') AS kind, CAST(NULL AS VARCHAR) AS uscc,
        applicant_name_token AS name_token, applicant_name_mask AS name_mask, applicant_id_no_token AS id_no_token,
        applicant_id_no_mask AS id_no_mask, applicant_phone_token AS phone_token, applicant_phone_mask AS phone_mask,
        reported_at, system, source_id
    FROM core.case_reports WHERE case_code IS NOT NULL
    UNION ALL
    SELECT case_code, '20', coalesce(respondent_kind, 'person'), respondent_uscc,
        respondent_name_token, respondent_name_mask, respondent_id_no_token,
        respondent_id_no_mask, respondent_phone_token, respondent_phone_mask, reported_at, system, source_id
    FROM core.case_reports WHERE case_code IS NOT NULL
), named AS (
    SELECT *, coalesce(id_no_token, uscc, phone_token, name_token) AS party_token FROM sides
), ranked AS (
    SELECT *,
        row_number() OVER (
            PARTITION BY case_code, role_code, party_token ORDER BY name_mask IS NULL, reported_at, system, source_id
        ) AS nth,
        count(*) OVER (PARTITION BY case_code, role_code, party_token) AS report_count
    FROM named WHERE party_token IS NOT NULL
)
SELECT
    case_code, role_code, kind, party_token, id_no_token AS person_token, name_mask, id_no_mask, phone_mask, uscc,
    CASE WHEN id_no_token IS NOT NULL OR uscc IS NOT NULL THEN 1 WHEN phone_token IS NOT NULL THEN 2 ELSE 3 END
        AS identity_confidence,
    report_count
FROM ranked WHERE nth = 1
ORDER BY case_code
