"""Amounts, bands and codes among the arguments of functions: keywords in both languages, parameters inside."""

from __future__ import annotations

from service.policy.bilingual import read_bilingual
from service.policy.policy_schema import PolicySchema

CHINESE = """政策: demo
计算字段:
  等次:
    名称: 等次
    取值: [差, 好]
    由低到高: true
    分档: {对象: 得分, 各档: [{自: {参数: x}, 得: 好}, {得: 差}]}
  奖励:
    名称: 奖励
    按级定额: {对象: 等次, 可得金额: {好: {参数: x}}, 其他: {参数: y}}
  补贴:
    名称: 补贴
    按比例: {对象: 费用, 比例: {参数: z}, 不高于: 1万元}
"""


def test_keywords_inside_arguments_are_read_in_chinese_too() -> None:
    document, problems = read_bilingual("demo/2025.yaml", CHINESE.encode(), PolicySchema)
    assert problems == ()
    assert document is not None
    assert document.data["derived"] == {
        "等次": {
            "label": "等次",
            "codes": ["差", "好"],
            "ordered": True,
            "band": {"of": "得分", "bands": [{"from": {"parameter": "x"}, "gives": "好"}, {"gives": "差"}]},
        },
        "奖励": {
            "label": "奖励",
            "amount_by": {"of": "等次", "amounts": {"好": {"parameter": "x"}}, "otherwise": {"parameter": "y"}},
        },
        "补贴": {"label": "补贴", "portion": {"of": "费用", "percent": {"parameter": "z"}, "at_most": "1万元"}},
    }
