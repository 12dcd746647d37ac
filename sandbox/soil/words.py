"""Each department's own words: the name that it gives to every field that a mistake can sit on."""

from __future__ import annotations

from sandbox.departments import departments
from sandbox.registers import all_registers

Dataset = tuple[str, str]
"""(system, dataset)."""

REPORTS = {"court_odr": "pre_suit_cases", "petition_hotline": "work_orders", "peoples_mediation": "mediation_cases",
           "medical_disputes": "disputes", "union_rights": "rights_cases", "youth_hotline": "calls",
           **{one.system: one.dataset for one in departments().values()}}  # fmt: skip


def _words(text: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in text.split())


WORDS: dict[Dataset, dict[str, str]] = {
    ("court_odr", "pre_suit_cases"): _words(
        "key:sqdj_bh title:ajmc summary:jfms type:ay scale:gmdm channel:lydm risk:fxdj occurred:fssj reported:sqsj "
        "accepted:slsj closed:jasj status:ajzt result:jafs way:tjfs county:qxdm town:jddm address:dz party:sqrlx "
        "name:sqr id:sqrzjhm phone:sqrlxdh sex:sqrxb other_party:bsqrlx other_name:bsqr other_id:bsqrzjhm "
        "other_phone:bsqrlxdh uscc:bsqr_tyxydm amount:bdje people:dsrs org:tjjg mediator:tjy related_system:wbxt "
        "related:wbbh group:sfqt minor:sfwcn updated:gxsj"
    ),
    ("court_odr", "pre_suit_steps"): _words(
        "key:bzxh report:sqdj_bh step:bzdm status:ajzt happened:fssj recorded:lrsj org:cljg actor:clr note:bz "
        "updated:gxsj"
    ),
    ("court_odr", "confirmations"): _words(
        "key:qr_bh report:sqdj_bh org:fymc applied:sqsj ruled:cdsj result:cdjg document:cdwsh updated:gxsj"
    ),
    ("court_odr", "referrals"): _words(
        "key:yd_bh report:sqdj_bh direction:fx org:fymc document:tjh referred:ydsj closed:bjsj result:jg updated:gxsj"
    ),
    ("petition_hotline", "work_orders"): _words(
        "key:orderNo matter:orderKind title:title summary:content type:categoryPath scale:scale channel:channel "
        "risk:riskLevel occurred:happenTime reported:createTime accepted:acceptTime closed:finishTime "
        "status:orderStatus result:closeResult way:handleWay county:countyCode town:townCode village:villageCode "
        "grid:gridCode address:address party:callerType name:callerName id:callerIdNo phone:callerPhone "
        "sex:callerGender other_party:targetType other_name:targetName other_id:targetIdNo other_phone:targetPhone "
        "uscc:targetUscc amount:amount people:partyCount org:dealOrg mediator:dealer platform:fourPlatform "
        "related_system:relatedSource related:relatedNo minor:hasMinor group:groupFlag updated:updatedAt"
    ),
    ("petition_hotline", "transfers"): _words(
        "key:transferId report:orderNo org:fromOrg to_org:toOrg sent:sentAt received:receivedAt accepted:acceptedAt "
        "returned:returnedAt reason:returnReason updated:updatedAt"
    ),
    ("petition_hotline", "evaluations"): _words(
        "key:evalId report:orderNo channel:channel score:score invited:invitedAt replied:repliedAt updated:updatedAt"
    ),
    ("petition_hotline", "visits"): _words(
        "key:visitNo report:orderNo county:countyCode visited:visitAt people:persons purpose:purpose updated:updatedAt"
    ),
    ("peoples_mediation", "mediation_cases"): _words(
        "key:CASE_NO title:CASE_NAME summary:CASE_DESC type:DISPUTE_TYPE scale:CASE_SCALE channel:CASE_SOURCE "
        "risk:RISK_GRADE occurred:HAPPEN_DATE reported:REGISTER_TIME accepted:ACCEPT_TIME closed:CLOSE_TIME "
        "status:CASE_STATUS result:CLOSE_RESULT way:MEDIATE_WAY county:COUNTY_CODE town:TOWN_CODE "
        "village:VILLAGE_CODE grid:GRID_NUM address:HAPPEN_PLACE party:APPLICANT_TYPE name:APPLICANT_NAME "
        "id:APPLICANT_CERT_NUM phone:APPLICANT_PHONE sex:APPLICANT_SEX other_party:RESPONDENT_TYPE "
        "other_name:RESPONDENT_NAME other_id:RESPONDENT_CERT_NUM other_phone:RESPONDENT_PHONE uscc:RESPONDENT_USCC "
        "amount:INVOLVED_AMOUNT people:INVOLVED_NUM org:COMMITTEE_NAME mediator:MEDIATOR_NAME platform:PLATFORM "
        "related_system:RELATED_SYS related:RELATED_NO minor:MINOR_FLAG group:GROUP_FLAG updated:UPDATE_TIME"
    ),
    ("peoples_mediation", "mediation_steps"): _words(
        "key:STEP_ID report:CASE_NO step:STEP_TYPE status:CASE_STATUS happened:HAPPEN_TIME recorded:RECORD_TIME "
        "org:ORG_NAME actor:ACTOR_NAME note:STEP_NOTE updated:UPDATE_TIME"
    ),
    ("peoples_mediation", "agreements"): _words(
        "key:AGREEMENT_NO report:CASE_NO form:AGREEMENT_FORM signed:SIGN_DATE effective:EFFECT_DATE amount:AMOUNT "
        "performed:PERFORM_FLAG updated:UPDATE_TIME"
    ),
    ("peoples_mediation", "committees"): _words(
        "key:COMMITTEE_ID name:COMMITTEE_NAME uscc:USCC kind:COMMITTEE_TYPE county:COUNTY_CODE town:TOWN_CODE "
        "active:ACTIVE_FLAG updated:UPDATE_TIME"
    ),
    ("peoples_mediation", "mediators"): _words(
        "key:MEDIATOR_ID name:MEDIATOR_NAME committee:COMMITTEE_ID kind:MEDIATOR_KIND county:COUNTY_CODE "
        "phone:OFFICE_PHONE active:ACTIVE_FLAG updated:UPDATE_TIME"
    ),
    ("peoples_mediation", "grid_units"): _words(
        "key:GRID_NUM name:GRID_NAME village:VILLAGE_CODE town:TOWN_CODE county:COUNTY_CODE kind:GRID_KIND "
        "households:HOUSEHOLD_AMOUNT people:PERSON_AMOUNT leader:CAPTAIN_NAME updated:UPDATE_TIME"
    ),
    ("medical_disputes", "disputes"): _words(
        "key:报案编号 title:纠纷名称 summary:纠纷经过 type:纠纷类别 scale:事件规模 channel:受理来源 risk:风险等级 "
        "occurred:发生日期 reported:报案时间 accepted:受理时间 closed:结案时间 status:案件状态 result:处理结果 "
        "way:化解方式 county:区县代码 town:乡镇代码 address:患方住址 name:患方姓名 id:患方证件号码 "
        "phone:患方联系电话 sex:患方性别 other_name:医疗机构名称 other_phone:机构联系电话 uscc:机构信用代码 "
        "amount:索赔金额 people:涉及人数 org:调解组织 mediator:调解员 related_system:来源系统 related:来源编号 "
        "minor:是否未成年 group:是否群体 updated:更新时间"
    ),
    ("union_rights", "rights_cases"): _words(
        "key:编号 title:案件名称 summary:案情简介 type:纠纷类型 scale:规模 channel:来源 risk:风险 occurred:发生日期 "
        "reported:登记日期 accepted:受理日期 closed:办结日期 status:办理状态 result:办理结果 way:化解方式 "
        "county:县区代码 town:乡镇代码 address:住址 name:职工姓名 id:身份证号 phone:联系电话 sex:性别 "
        "other_name:用人单位 other_phone:单位电话 uscc:统一社会信用代码 amount:涉及金额（元） people:涉及人数 "
        "org:承办单位 mediator:承办人 related_system:来源系统 related:来源编号 group:是否群体 updated:更新时间"
    ),
    ("youth_hotline", "calls"): _words(
        "key:CallId matter:KindCode title:Subject summary:Content type:CategoryCode scale:ScaleCode "
        "channel:ChannelCode risk:RiskLevel occurred:HappenDate reported:CallTime accepted:AcceptTime "
        "closed:CloseTime status:StatusCode result:ResultCode way:WayCode county:CountyCode town:TownCode "
        "village:VillageCode address:Address party:CallerType name:CallerName id:CallerIdNo phone:CallerPhone "
        "sex:CallerSex other_party:TargetType other_name:TargetName other_id:TargetIdNo other_phone:TargetPhone "
        "uscc:TargetUscc amount:Amount people:PartyCount org:HandleOrg mediator:Handler related_system:FromSystem "
        "related:FromNo minor:IsMinor group:IsGroup updated:UpdateTime"
    ),
    **{
        (one.system, dataset): listing.words
        for one in departments().values()
        for dataset, listing in one.listings.items()
    },
    **{(one.system, dataset): register.words for one, dataset, register in all_registers()},
}
EPOCH = {("court_odr", "slsj"), ("court_odr", "jasj")} | {
    (one.system, one.words[name])
    for one in departments().values() for name, form in one.forms.items() if form == "epoch_ms"
}  # fmt: skip
"""(system, field) of what holds milliseconds since 1970 instead of text."""
