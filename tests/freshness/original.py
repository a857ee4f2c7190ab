"""An original of the demonstration bank's document, invented for the tests."""

TEXT = """演示银行年度工作要点
一、建档
各支行要为园区商户建档。建档要逐户进行，资料每年更新一次。
(一)建档率。年底建档率达到七成，由支行负责，分行每季度抽查。
(二)回访。建档以后每半年回访一次，回访要记录在案。
二、授信
对建档商户逐户评定授信，授信结果告知商户本人。
内部资料，注意保存
"""

CLAUSES = """
documents:
  - id: demo.document.plan
    name: 演示银行年度工作要点
    short_name: 要点
    completeness: [complete]
    summary: 只供测试。
clauses:
  - {id: demo.clause.1, name: 建档, number: 一、, summary: 讲建档。}
  - {id: demo.clause.1.1, name: 建档率, number: (一), parent: demo.clause.1, summary: 讲建档率。}
  - {id: demo.clause.1.2, name: 回访, number: (二), parent: demo.clause.1, summary: 讲回访。}
  - {id: demo.clause.2, name: 授信, number: 二、, summary: 讲授信。}
metrics:
  - id: demo.metric.profiled
    name: 建档率
    places: [{clause: demo.clause.1.1}]
    unit: {kind: percent}
    direction: up
    caliber: 建档户数除以全部户数。
    measure: {kind: not_measured, reason: 没有数据}
targets:
  - id: demo.target.profiled
    name: 建档目标
    metric: demo.metric.profiled
    criterion: {quantity: {kind: level}, test: {kind: at_least, values: [{value: 70}]}}
    scope: {words: 全部}
    period: {kind: unstated}
    places: [{clause: demo.clause.1.1, commitment: bare}]
terms:
  - id: demo.term.visit
    name: 回访
    places: [{clause: demo.clause.1.2}]
    meaning: 再去一次。
    explained: false
provisions:
  - id: demo.provision.files
    name: 建档
    places: [{clause: demo.clause.1}, {clause: demo.clause.2}]
    category: goal
    order: 1
    summary: 建档和授信。
decisions:
  - id: demo.decision.near
    name: 差多少算接近
    number: 演示1号
    decided: 2026-01-01
    effective: 2026-01-01
    decider: 总行
    reason: 供测试。
    signoff:
      drafted: {by: 甲, day: 2026-01-01}
      reviewed: {by: 乙, day: 2026-01-01}
      issued: {by: 丙, day: 2026-01-01}
    changes: [{kind: near_band, target: demo.target.profiled, within: 2}]
"""
