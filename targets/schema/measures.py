"""Quantities: units of measure, the tables they are counted on, and metrics."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .base import Labelled, Model, Number, Record, Ref, SourceRecord, Text

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Expression = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class MoneyUnit(Labelled):
    """Money is kept in yuan inside; these are the units people write."""

    YUAN = "元", "元"
    WAN = "万元", "万元"
    YI = "亿元", "亿元"
    WAN_YI = "万亿元", "万亿元"

    @property
    def yuan(self) -> int:
        return {"元": 1, "万元": 10**4, "亿元": 10**8, "万亿元": 10**12}[self.value]


class Percent(Model):
    """A share or rate; values are written as they are read: 70 means 70%."""

    title_zh: ClassVar[str] = "百分数"

    kind: Literal["percent"]
    may_exceed_100: bool = Field(False, description="能否大于 100（增速、覆盖倍数之类）")
    may_be_negative: bool = Field(False, description="能否为负（增速之类）")

    @property
    def label(self) -> str:
        return "%"


class Money(Model):
    """An amount; values in the definitions are written in `unit`."""

    title_zh: ClassVar[str] = "金额"

    kind: Literal["money"]
    unit: MoneyUnit = Field(description="书写单位")
    may_be_negative: bool = Field(False, description="能否为负（净增额之类）")

    @property
    def label(self) -> str:
        return self.unit.value


class Count(Model):
    """A number of things; `of` is its Chinese measure word (户, 个, 次, 张)."""

    title_zh: ClassVar[str] = "个数"

    kind: Literal["count"]
    of: Text = Field(description="量词：户、个、次、张……")
    may_be_negative: bool = Field(False, description="能否为负（净增数之类）")
    average: bool = Field(False, description="是否平均数（户均个数之类），可以不是整数")

    @property
    def label(self) -> str:
        return self.of


class Multiple(Model):
    """How many times one quantity is of another (3:1 is 3)."""

    title_zh: ClassVar[str] = "倍数"

    kind: Literal["multiple"]

    @property
    def label(self) -> str:
        return "倍"


class Score(Model):
    """Points on a scale of the bank's own."""

    title_zh: ClassVar[str] = "分数"

    kind: Literal["score"]

    @property
    def label(self) -> str:
        return "分"


class Rank(Model):
    """A place in an order; 1 is first."""

    title_zh: ClassVar[str] = "名次"

    kind: Literal["rank"]

    @property
    def label(self) -> str:
        return "位"


class State(Model):
    """Something reached or not: a grade, a status."""

    title_zh: ClassVar[str] = "档次"

    kind: Literal["state"]
    states: tuple[Text, ...] = Field((), description="由低到高的各档；原文没说就留空")

    @property
    def label(self) -> str:
        return ""


class Unstated(Model):
    """The source names the quantity and says nothing about its unit."""

    title_zh: ClassVar[str] = "原文没有说单位"

    kind: Literal["unstated"]

    @property
    def label(self) -> str:
        return ""


MeasureUnit = Annotated[
    Percent | Money | Count | Multiple | Score | Rank | State | Unstated,
    Field(discriminator="kind"),
]


def value_problem(unit: MeasureUnit, value: Decimal) -> str | None:
    """Why `value` can't be a value of `unit`, in Chinese; None when it can."""
    if value < 0 and not getattr(unit, "may_be_negative", False):
        return f"{value} 小于 0，而这个单位（{unit.label or unit.kind}）不取负值"
    if isinstance(unit, Percent) and value > 100 and not unit.may_exceed_100:
        return f"{value}% 大于 100%，而这个比率最多是 100%"
    if isinstance(unit, Percent) and abs(value) > 1000:
        return f"{value}% 超过 1000%，多半是把小数点或百分号写错了"
    if isinstance(unit, Count) and not unit.average and value != value.to_integral_value():
        return f"{value} 不是整数，而这个单位按“{unit.of}”计数"
    if isinstance(unit, Rank) and (value < 1 or value != value.to_integral_value()):
        return f"{value} 不是名次；名次是 1、2、3……"
    return None


class ColumnType(Labelled):
    TEXT = "text", "文字"
    DATE = "date", "日期"
    INTEGER = "integer", "整数"
    DECIMAL = "decimal", "小数"
    BOOLEAN = "boolean", "是否"


class Column(Model):
    """A column of a dataset."""

    title_zh: ClassVar[str] = "列"

    name: Identifier = Field(description="列名（英文小写，数据文件里用它）")
    title: Text = Field(description="中文列名（工作簿里用它）")
    type: ColumnType = Field(description="类型")
    required: bool = Field(False, description="能否留空：true 表示每行都要填")
    allowed: tuple[Text, ...] = Field((), description="只许取这些值；不限就留空")
    unit: MoneyUnit | None = Field(None, description="金额列的单位")
    minimum: Number | None = Field(None, description="最小值")
    maximum: Number | None = Field(None, description="最大值")
    not_after_period: bool = Field(False, description="日期不得晚于本行的数据日期")
    personal: bool = Field(False, description="是否可识别到人或户；是则不进结果、日志和网站")
    synonyms: tuple[Text, ...] = Field((), description="分支机构常用的其他列名")
    note: Text | None = Field(None, description="填报说明")


class RowsContent(Model):
    """Rows of their own: one merchant, household or project each."""

    title_zh: ClassVar[str] = "逐行的清单"

    kind: Literal["rows"]


class ReportedContent(Model):
    """Ready-made figures in long form: a code and a value. Money is in yuan."""

    title_zh: ClassVar[str] = "报送的数"

    kind: Literal["reported"]
    code: Identifier = Field(description="指标代码所在列")
    value: Identifier = Field(description="数值所在列")


class SitesContent(Model):
    """The register of jointly built sites."""

    title_zh: ClassVar[str] = "共建主体名册"

    kind: Literal["sites"]
    name: Identifier = Field(description="共建主体名称所在列")
    site_kind: Identifier = Field(description="共建主体类别所在列")


class PeersContent(Model):
    """Peers' figures in long form, beside the unit of ours that they are compared with.

    Money is in yuan, rates in per cent, under the code that the metric is reported by.
    """

    title_zh: ClassVar[str] = "同业的数"

    kind: Literal["peers"]
    peer: Identifier = Field(description="同业名称所在列")
    code: Identifier = Field(description="指标代码所在列")
    value: Identifier = Field(description="数值所在列")


class HandInsContent(Model):
    """What fell due and what came of it: made from the calendar and the records of hand-ins.

    A row is one due date of one unit, as it stood on the data date; the year's up to then.
    """

    title_zh: ClassVar[str] = "报送情况"

    kind: Literal["hand_ins"]


HAND_INS = {
    "data_date": ColumnType.DATE,
    "unit_code": ColumnType.TEXT,
    "occurrence": ColumnType.TEXT,
    "document": ColumnType.TEXT,
    "duty": ColumnType.TEXT,
    "due_on": ColumnType.DATE,
    "state": ColumnType.TEXT,
    "handed_in_on": ColumnType.DATE,
    "days_late": ColumnType.INTEGER,
    "deadline_stated": ColumnType.BOOLEAN,
}
"""the columns that such a table has, all or some"""

Content = Annotated[
    RowsContent | ReportedContent | SitesContent | PeersContent | HandInsContent,
    Field(discriminator="kind"),
]


class Dataset(Record):
    """A table that branches send, one row per `grain` and data date."""

    kind: ClassVar[str] = "dataset"
    plural: ClassVar[str] = "datasets"
    title_zh: ClassVar[str] = "数据表"
    written_last: ClassVar[tuple[str, ...]] = ("columns",)

    table: Identifier = Field(description="表名，也是数据文件的主名，如 merchants.parquet")
    grain: Text = Field(description="一行是什么")
    columns: tuple[Column, ...] = Field(min_length=1, description="各列")
    period: Identifier = Field(description="数据日期所在列（月末日期）")
    unit: Identifier = Field(description="机构代码所在列")
    site: Identifier | None = Field(None, description="共建主体编号所在列；没有就留空")
    key: tuple[Identifier, ...] = Field(min_length=1, description="合起来不得重复的列")
    content: Content = Field(
        RowsContent.trusted(kind="rows"), description="表里装的是什么"
    )
    optional: bool = Field(False, description="数据目录里可以没有这张表")

    @model_validator(mode="after")
    def _columns_exist(self):
        names = [c.name for c in self.columns]
        for name in sorted({n for n in names if names.count(n) > 1}):
            raise PydanticCustomError("column_twice", "列 {column} 写了两次", {"column": name})
        for field, wanted in (
            ("period", (self.period,)),
            ("unit", (self.unit,)),
            ("site", (self.site,) if self.site else ()),
            ("key", self.key),
            ("content", tuple(v for k, v in self.content if k != "kind")),
        ):
            for name in wanted:
                if name not in names:
                    raise PydanticCustomError(
                        "column_unknown",
                        "{field} 指向的列 {column} 不在 columns 里；现有：{known}",
                        {"field": field, "column": name, "known": "、".join(names)},
                    )
        return self

    @model_validator(mode="after")
    def _made_columns(self):
        for column in () if self.sent else self.columns:
            if HAND_INS.get(column.name) is not column.type:
                known = "、".join(f"{name}（{kind.label}）" for name, kind in HAND_INS.items())
                raise PydanticCustomError(
                    "column_unknown",
                    "由报送记录推出的表没有{kind}列 {column}；可用：{known}",
                    {"column": column.name, "kind": column.type.label, "known": known},
                )
        return self

    @property
    def sent(self) -> bool:
        """Whether units send it; otherwise it is made from what they handed in."""
        return not isinstance(self.content, HandInsContent)

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


class Aggregate(Model):
    """One number over the rows of a dataset.

    `measure` is count(*), count(distinct col) or sum(col); `where` a row condition. Both are a
    small part of SQL over the dataset's columns, checked before anything runs.
    """

    title_zh: ClassVar[str] = "一个汇总数"

    measure: Expression = Field("count(*)", description="count(*)、count(distinct 列) 或 sum(列)")
    where: Expression | None = Field(None, description="只算满足此条件的行；不写则算全部")


class RatioMeasure(Model):
    """Numerator over denominator, both counted on the same rows."""

    title_zh: ClassVar[str] = "同一张表上的分子比分母"

    kind: Literal["ratio"]
    dataset: Ref("dataset") = Field(description="在哪张表上算")
    numerator: Aggregate = Field(description="分子")
    denominator: Aggregate = Field(description="分母")


class AggregateMeasure(Model):
    """A single aggregate, additive over units."""

    title_zh: ClassVar[str] = "按行汇总"

    kind: Literal["aggregate"]
    dataset: Ref("dataset") = Field(description="在哪张表上算")
    value: Aggregate = Field(description="怎样汇总")


class ReportedMeasure(Model):
    """A stock that branches report ready-made, one figure per unit and data date."""

    title_zh: ClassVar[str] = "由机构报送"

    kind: Literal["reported"]
    dataset: Ref("dataset") = Field(description="在哪张报送表里")
    code: Text = Field(description="报送表里代表这个指标的代码")
    additive: bool = Field(True, description="下级机构之和是否等于上级机构")


class QuotientMeasure(Model):
    """One metric divided by another, both computed on their own rows."""

    title_zh: ClassVar[str] = "两个指标相除"
    dataset: ClassVar[None] = None
    """its parts have rows, itself none"""

    kind: Literal["quotient"]
    numerator: Ref("metric") = Field(description="分子指标")
    denominator: Ref("metric") = Field(description="分母指标")


class NotMeasured(Model):
    """The source names the quantity, and nothing says how it is measured."""

    title_zh: ClassVar[str] = "算不出来"
    dataset: ClassVar[None] = None

    kind: Literal["not_measured"]
    reason: Text = Field(description="为什么算不出来")


Measure = Annotated[
    RatioMeasure | AggregateMeasure | ReportedMeasure | QuotientMeasure | NotMeasured,
    Field(discriminator="kind"),
]


class Direction(Labelled):
    UP = "up", "越高越好"
    DOWN = "down", "越低越好"
    NEUTRAL = "neutral", "无高低之分"


class ActorPeriod(Labelled):
    """From the shortest to the longest."""

    DAY = "day", "每天"
    WORKDAY = "workday", "每个工作日"
    WEEK = "week", "每周"
    TEN_DAYS = "ten_days", "每旬"
    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    HALF_YEAR = "half_year", "每半年"
    YEAR = "year", "每年"

    @property
    def within_month(self) -> bool:
        """Whether several of them end in a month."""
        return self in (
            ActorPeriod.DAY, ActorPeriod.WORKDAY, ActorPeriod.WEEK, ActorPeriod.TEN_DAYS
        )


class Roster(Model):
    """The roster of a frequency's actors: a row for every stretch that one is on duty.

    Whoever is on it and has no row of what is counted did it no time; leave is a break between
    two stretches. Without a start or an end a stretch is that of the data date's whole month.
    """

    title_zh: ClassVar[str] = "名册"

    dataset: Ref("dataset") = Field(description="名册在哪张表里")
    actor: Identifier = Field(description="名册里与按谁计数同一编号的列")
    since: Identifier | None = Field(
        None, description="在岗起日所在列；没有这一列，或那一格空着，就从当月 1 日算起"
    )
    until: Identifier | None = Field(
        None, description="在岗止日所在列；没有这一列，或那一格空着，就到数据日期为止"
    )


class Grain(Model):
    """A frequency's grain: counted per actor and period (visits per manager and day)."""

    title_zh: ClassVar[str] = "频次按谁、按何时期"

    actor: Identifier = Field(description="按谁计数（数据表里的列）")
    date: Identifier = Field(description="按哪个日期归入时期（数据表里的列）")
    period: ActorPeriod = Field(description="时期")
    roster: Roster | None = Field(
        None, description="应有谁：名册；没有名册，一行也没有的人和日子就看不到"
    )


class Metric(SourceRecord):
    """A measured quantity."""

    kind: ClassVar[str] = "metric"
    plural: ClassVar[str] = "metrics"
    title_zh: ClassVar[str] = "指标"

    unit: MeasureUnit = Field(description="单位")
    direction: Direction = Field(description="高低取向")
    caliber: Text = Field(description="口径：分子、分母、范围；原文没说就照实写")
    measure: Measure = Field(description="怎样算出来")
    grain: Grain | None = Field(None, description="频次类指标按谁、按何时期计数")
    assumptions: tuple[Ref("assumption"), ...] = Field((), description="有赖于哪些待定事项")
    aliases: tuple[Text, ...] = Field((), description="其他叫法")
