"""What people write: titles and summaries, which name people and give their numbers, as in life."""

from __future__ import annotations

from random import Random

from sandbox.people import Party

FACTS = {
    "01": ("双方因家庭琐事长期争吵，对子女照顾和财产安排意见不一", "双方分居后就生活费用和财物归属未能谈拢"),
    "02": ("双方因通道堆放杂物和排水问题多次争执", "一方装修施工影响另一方日常居住，协商未果"),
    "03": ("双方口角后发生推搡，一方受轻微伤要求赔偿", "一方认为对方言论损害其声誉，要求道歉"),
    "04": ("车位和公共区域使用引起争议，住户拒交费用", "物品被损坏后就赔偿金额分歧较大"),
    "05": ("事故造成人员受伤，双方对责任比例和赔偿金额有分歧", "受损一方要求赔偿医疗费和误工费"),
    "06": ("合同签订后一方未按约定交付，另一方要求退款", "预付费用后商家停业，余额无法退还"),
    "07": ("用人单位拖欠工资，劳动者多次催要无果", "解除劳动关系后经济补偿未支付"),
    "08": ("借款到期未还，出借人要求归还本息", "理赔金额与预期差距较大"),
    "09": ("土地边界不清，双方对使用权归属有争议", "承包地流转费用未按时支付"),
    "10": ("使用他人商标标识经营，权利人要求停止并赔偿",),
    "11": ("对补偿标准和安置方案有异议", "认为拆除程序不当，要求重新核定"),
    "13": ("对占道经营的处理决定不服",),
    "99": ("双方因其他民事权益产生争议",),
}
REQUESTS = ("希望有关部门尽快协调处理。", "请求组织双方调解。", "要求对方书面答复。", "希望依法维护合法权益。")
NOTES = {
    "register": "窗口登记来件", "accept": "审核后受理", "refuse": "不属于受理范围", "assign": "分派承办单位",
    "sign": "承办单位签收", "inquire": "走访双方了解情况", "mediate": "组织双方面对面调解", "agree": "双方达成一致意见",
    "fail": "双方分歧较大，调解不成", "stop": "当事人无法联系，终止调解", "withdraw": "申请人撤回申请",
    "apply": "双方共同申请司法确认", "rule": "法院作出裁定", "from_court": "法院委派诉前调解",
    "to_court": "引导当事人诉讼",
    "callback": "电话回访申请人", "close": "办结", "suspend": "委托鉴定，期限中止", "resume": "收到鉴定意见，恢复办理",
    "extend": "双方同意延长调解期限",
}  # fmt: skip
CONSULTED = (
    "咨询劳动合同解除的补偿规定",
    "咨询调解申请需要哪些材料",
    "咨询物业费收取标准",
    "咨询交通事故赔偿流程",
    "咨询办事窗口开放时间",
)


def title(rng: Random, applicant: Party, respondent: Party, label: str) -> str:
    """Return the title of a report; most name both sides."""
    if rng.random() < 0.75:
        return f"{applicant.name}与{respondent.name}{label}纠纷"
    return f"关于{label}问题的诉求"


def summary(rng: Random, applicant: Party, respondent: Party, type_code: str, address: str) -> str:
    """Return a free text of a report: a quarter give a telephone, one in eight an ID number."""
    who = applicant.name
    if applicant.id_no and rng.random() < 0.125:
        who += f"（身份证号：{applicant.id_no}）"
    if rng.random() < 0.25:
        who += f"，联系电话{applicant.phone}"
    where = f"，地点在{address}" if rng.random() < 0.3 else ""
    fact = rng.choice(FACTS.get(type_code[:2], FACTS["99"]))
    return f"{who}反映：与{respondent.name}{where}，{fact}。{rng.choice(REQUESTS)}"


def note(rng: Random, step: str, applicant: Party) -> str:
    """Return the note of a step; one in ten names the applicant, some with the telephone."""
    text = NOTES[step]
    if rng.random() < 0.1:
        text += f"，已联系{applicant.name}" + (f"（{applicant.phone}）" if rng.random() < 0.4 else "")
    return text
