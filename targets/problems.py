"""What is wrong with a definition or with data, told so that it can be mended.

A problem has a stable code, a place, what was found, what is allowed and how to mend it. Readers
collect problems and raise `Problems` once, with all of them.
"""

import difflib
import errno
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """Stable codes: D definitions, B branch data, T workbooks for branches, I what they send in,
    R rules and traces, C the calendar, E changes to the definitions, F freshness and sign-off,
    G comparing states, L former ids, releases and history, N what is newly proposed or begun,
    X engines.

    A code is never given another meaning.
    """

    meaning: str

    def __new__(cls, value: str, meaning: str):
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    NO_FOLDER = "D001", "找不到定义目录"
    EMPTY_FILE = "D002", "文件是空的"
    NOT_UTF8 = "D003", "文件编码不是 UTF-8"
    YAML_SYNTAX = "D004", "YAML 写法有错"
    YAML_UNSAFE = "D005", "YAML 里有不许用的写法"
    TOO_LARGE = "D006", "文件过大或嵌套过深"
    DUPLICATE_KEY = "D007", "同一处写了两个相同的键"
    UNKNOWN_KEY = "D101", "不认识的键"
    MISSING_KEY = "D102", "缺少必填的键"
    WRONG_TYPE = "D103", "值的类型不对"
    NOT_ALLOWED = "D104", "值不在允许的范围内"
    WRONG_ID = "D105", "编号写法不对"
    INCONSISTENT = "D106", "同一条记录前后不一致"
    DUPLICATE_ID = "D201", "两条记录用了同一个编号"
    DANGLING_REF = "D202", "引用的编号不存在"
    NO_DOCUMENT = "D203", "记录不属于任何已登记的文件"
    ORPHAN_CLAUSE = "D204", "条款树有断头、成环或空条款"
    VALUE_OUTSIDE_UNIT = "D205", "数值不符合指标的单位"
    CONTRADICTION = "D206", "判定标准自相矛盾"
    OVERLAP = "D207", "起始日期重叠"
    BAD_EXPRESSION = "D208", "表达式有错或用了不许用的写法"
    UNLISTED_DOUBT = "D209", "存疑之处没有登记为待定事项"
    UNUSED = "D210", "登记了却没有任何记录用到"
    ORGANISATION = "D211", "机构树有错"
    FIGURE_IN_NAME = "D212", "名称里写了数值"
    IMPOSSIBLE_DAY = "D260", "没有这一天"
    DEADLINE_CONFLICT = "D261", "截止日与时期、另一处截止日或休息日办法矛盾"
    SPAN_REVERSED = "D262", "结束早于开始"
    WRONG_CHOICE = "D263", "自定日期不合这项义务"
    DAYS_OFF_CONFLICT = "D264", "同一天两处安排不一"
    FREQUENCY_GRAIN = "D213", "频次没说清按谁、按哪天数"
    OTHER_BASIS = "D214", "相比的两个量不在同一基础上"
    WRONG_STATE = "D215", "档次与指标所列不符"
    PACE_WITHOUT_PERIOD = "D216", "序时进度与期限对不上"
    NO_SMALLEST_COUNT = "D240", "没有说少于几人就不公布"
    PARTS_NOT_WHOLE = "D220", "分解的各份加起来不等于总数"
    NO_WAY_TO_SPLIT = "D221", "按这些上下限和权重分不下去"
    NOT_OF_THE_LEVEL = "D222", "机构不在分解的那一级"
    UNIT_TWICE = "D223", "同一家机构写了两次"
    NOT_DIVISIBLE = "D224", "这个目标不能分解，或不能按这个指标分"
    NO_ORDER = "D225", "分解与它所依据的决定对不上"
    NO_SHARE_ABOVE = "D226", "上一级没有定下可以再分的份额"
    SPLIT_TWICE = "D227", "同一个数自同一天起分解了两次"
    STEP_MISFIT = "D228", "取整的单位分不尽总数"
    UNIT_LEFT_OUT = "D229", "同级机构没有写份额"
    SCORING_MISFIT = "D230", "计分办法与考核表、指标或目标对不上"

    LIMIT_UNUSED = "D250", "规则登记了数值，条件里没有用到"
    LIMIT_UNKNOWN = "D251", "条件引用的数值没有登记"
    LIMIT_SIDE = "D252", "条件里的比较与数值的界限不一致"
    FIGURE_TWICE = "D253", "规则的数值在条件里又写了一遍"
    NOT_CHECKED = "D254", "规则没有条件，也没有说明为什么查不了"
    CHECKED_AND_NOT = "D255", "规则既有条件，又说查不了"

    REDIRECT_ID = "L101", "旧编号的记录写法不对"
    REDIRECT_LOOP = "L102", "改名绕回了自己"
    REDIRECT_CHAIN = "L103", "改名指向另一个旧编号"
    FORMER_IN_USE = "L104", "旧编号还在使用"
    RELEASE_NUMBER = "L105", "版本号写法不对"
    RELEASE_ORDER = "L106", "版本号或发布日期没有递增"
    ID_VANISHED = "L107", "发布过的编号不见了"
    RELEASED_LIST = "L108", "发布清单有错"
    RELEASE_BLOCKED = "L109", "现在还不能发布"
    NO_HISTORY = "L110", "取不到 Git 里的沿革"

    NO_DATA = "B001", "找不到数据"
    UNREADABLE = "B002", "文件读不了"
    NOT_UTF8_DATA = "B003", "数据文件编码不对"
    EMPTY_DATA = "B004", "数据文件是空的"
    TWO_SOURCES = "B005", "同一张表有两个来源"
    STALE_MANIFEST = "B006", "数据清单与文件不符"
    UNKNOWN_FILE = "B007", "认不出的数据文件"
    OUTPUT_TAKEN = "B008", "输出目录里已有别的文件"
    MISSING_COLUMN = "B101", "缺少列"
    UNKNOWN_COLUMN = "B102", "多出不认识的列"
    BAD_VALUE = "B103", "值的类型不对"
    MISSING_VALUE = "B104", "必填的值空着"
    OUT_OF_RANGE = "B105", "值超出允许的范围"
    FUTURE_DATE = "B106", "日期在将来"
    DUPLICATE_ROW = "B107", "主键重复"
    UNKNOWN_UNIT = "B108", "机构代码不认识"
    UNKNOWN_SITE = "B109", "共建主体编号不认识"
    NO_SUCH_DATE = "B110", "没有这一天的数据"
    UNKNOWN_CODE = "B111", "指标代码不认识"
    COLUMN_TWICE = "B112", "两列指的是同一列"
    SITE_OF_OTHER = "B113", "共建主体不归这个机构"
    NOT_MONTH_END = "B114", "数据日期不是月末"
    WRONG_MONEY_UNIT = "B115", "金额单位不对"
    SITES_UNCHECKED = "B116", "共建主体编号无从核对"

    WINDOW_REVERSED = "C001", "止早于起"
    NO_SUCH_UNIT = "C002", "机构代码不认识"
    NO_SUCH_ROLE = "C003", "岗位或机构组不认识"
    NO_SUCH_DOCUMENT = "C004", "文件不认识"
    NO_SUCH_DUTY = "C005", "义务不认识"
    FAR_AWAY = "C006", "日期太远"
    BAD_LEDGER = "C010", "日历台账读不了"
    UNRECORDED_CHANGE = "C011", "日历台账没有跟上定义"
    SUBMISSION_FILE = "C200", "报送记录读不了"
    SUBMISSION_COLUMN = "C201", "报送记录的列不对"
    SUBMISSION_DUTY = "C202", "报送记录里的义务不认识"
    SUBMISSION_UNIT = "C203", "报送记录里的机构不认识"
    SUBMISSION_NOT_THEIRS = "C204", "报送记录里的义务不由这家机构承担"
    SUBMISSION_PERIOD = "C205", "报送记录里的报告期认不出"
    SUBMISSION_TIME = "C206", "报送时间写得不对"
    SUBMISSION_VERSION = "C207", "报送的版本不对"
    SUBMISSION_TWICE = "C208", "同一次报送记了两行"
    SUBMISSION_EARLY = "C209", "时期没有完就报了"
    WAIVER_UNREASONED = "C210", "豁免没有理由"
    WAIVED_AND_SENT = "C211", "既报送又豁免"
    SUBMISSION_UNDATED = "C212", "报送记录对不到任何到期日"
    SUBMISSION_FILES = "C213", "报送记录不止一份"
    CHOICE_FILE = "C220", "自定日期读不了"
    CHOICE_COLUMN = "C221", "自定日期的列不对"
    CHOICE_DUTY = "C222", "自定日期里的义务不认识，或不由机构自定日期"
    CHOICE_UNIT = "C223", "自定日期里的机构不认识，或不承担这项义务"
    CHOICE_DAY = "C224", "自定的日子写得不对，或那天不行"
    CHOICE_TWICE = "C225", "同一天选了两次"
    CHOICE_TOO_MANY = "C226", "一期选的日子多于规定"
    CHOICE_REVISION = "C227", "改过几次写得不对"
    CHOICE_FILES = "C228", "自定日期不止一份"

    TEMPLATE_UNIT = "T001", "没有这个机构"
    TEMPLATE_PERIOD = "T002", "填报的时期写得不对"
    TEMPLATE_TABLE = "T003", "这张表不能列进工作簿"
    TEMPLATE_DOCUMENT = "T004", "没有这份文件"
    TEMPLATE_EMPTY = "T005", "没有要报的表"
    TEMPLATE_FORM = "T006", "没有这张表样"
    TEMPLATE_NOT_THEIRS = "T007", "不由这家机构报送"

    NOT_READABLE = "I001", "报送文件读不了"
    ENCRYPTED = "I002", "报送文件加了密"
    UNSAFE = "I003", "报送文件不安全"
    WRONG_SUFFIX = "I004", "内容与后缀不符"
    SHEET_TOO_LARGE = "I005", "工作表过大"
    ENCODING_UNSURE = "I006", "文字编码认不准"
    TRANSCODED = "I007", "不是 UTF-8，已转码读入"
    NOT_FOLLOWED = "I008", "宏和外部链接没有运行"
    HIDDEN_READ = "I009", "隐藏的内容也读入了"
    BROKEN_LINE = "I010", "这一行分不成列"
    NO_TABLE = "I101", "找不到认得的表头"
    WHICH_TABLE = "I102", "认不准是哪一张数据表"
    HEADING_UNSURE = "I103", "列名认不准"
    COLUMN_IGNORED = "I104", "多出的列没有读入"
    COLUMN_ABSENT = "I105", "缺少一列"
    HEADING_TWICE = "I106", "两列指的是同一列"
    NOT_DATA = "I107", "附注和重复的表头没有当作数据"
    SECOND_TABLE = "I108", "同一张工作表里还有一张表"
    PERIOD_TAKEN = "I110", "数据日期取自标题或文件名"
    PERIOD_UNSURE = "I111", "数据日期认不准"
    UNIT_TAKEN = "I112", "机构取自标题或文件名"
    UNIT_UNSURE = "I113", "机构认不准"
    MONEY_CONVERTED = "I114", "金额已换算成元"
    MONEY_UNSURE = "I115", "金额单位认不准"
    BAD_ANSWER = "I116", "答复不在可选之列"
    NOT_A_VALUE = "I120", "单元格写的不是这一列的值"
    ERROR_CELL = "I121", "单元格里是公式错误"
    NOT_CALCULATED = "I122", "公式没有存下结果"
    PERCENT_UNSURE = "I123", "是百分数还是比值，认不准"
    PERCENT_TAKEN = "I124", "百分数已按百分点读入"
    MONTH_UNSURE = "I125", "是 1 月还是 10 月，认不准"
    DATE_TAKEN = "I126", "日期按上下文读入"
    CODE_RESTORED = "I127", "代码已补全"
    CODE_AS_NUMBER = "I128", "编号存成了数字"
    MARK_REMOVED = "I129", "数后面的注记号已去掉"
    TOTAL_DISAGREES = "I130", "合计与各行之和不符"
    TOTAL_UNCHECKED = "I131", "合计没有核对"
    ROUGH_NUMBER = "I132", "小数位数太多"

    TWO_FILES = "I201", "两个文件报的是同一张表、同一机构、同一期"
    KEY_TAKEN = "I202", "主键与另一份文件的行相同"
    NOT_TOGETHER = "I203", "与已收的数据合起来核对不过"
    NOT_A_STORE = "I204", "目录里有别的数据，不能用来收件"
    CANNOT_WRITE = "I205", "写不进去"
    BUSY = "I206", "另一次收件正在进行"
    OUTDATED_FILE = "I207", "交来的是已被更正的旧文件"
    ROWS_GONE = "I208", "更正后少了原有的行"
    BAD_RECEIPTS = "I209", "收件簿有错"
    BAD_ANSWERS_FILE = "I210", "答案文件不能用"
    FILE_PASSED_OVER = "I211", "目录里的这个文件没有读"
    OUTDATED_ROWS = "I212", "补交的行所属的那一版已被更正"
    NOT_MARKED = "I213", "没有做成批注副本"
    UNLISTED_PART = "I214", "收件簿没有登记的数据文件"

    NO_CONNECTION = "X101", "连不上引擎"
    WRONG_PASSWORD = "X102", "用户名或口令不对"
    CONNECTION_LOST = "X103", "与引擎的连接中断"
    NOT_PERMITTED = "X104", "没有读取的权限"
    NO_SOURCE_TABLE = "X105", "来源里没有这张表"
    NO_SOURCE_COLUMN = "X106", "来源里没有这一列"
    INEXACT_COLUMN = "X107", "浮点列不能用"
    ENGINE_FULL = "X108", "引擎的磁盘或内存不够"
    ENGINE_FAILED = "X109", "引擎没有算完"
    NO_WORKERS = "X110", "没有可用的工作节点"
    NO_ENGINE = "X111", "缺少引擎的组件"
    NO_ORIGIN = "X112", "来源文件打不开"
    ORIGIN_MISFIT = "X113", "来源与数据表对不上"
    BAD_SECRET = "X114", "连接串没有给好"

    ROWS_DISAGREE = "R001", "明细行数与判定不符"

    NO_SUCH_REVISION = "G101", "没有这个修订"
    NO_REPOSITORY = "G102", "不在 Git 仓库里"
    STATE_AMBIGUOUS = "G103", "既是目录又是修订"
    NO_DEFINITIONS_THEN = "G104", "这个修订里没有定义"
    STATE_UNREADABLE = "G105", "这个修订的定义读不出来"

    MERGE_CONFLICT = "E101", "文件里留着没有处理的合并冲突"
    EDIT_BUSY = "E102", "另一个程序正在改这些定义"
    CHANGED_MEANWHILE = "E103", "文件在编辑期间被别人改了"
    NOT_WRITABLE = "E104", "定义写不进去"
    NO_SUCH_RECORD = "E105", "没有这条记录"
    NO_SUCH_PLACE = "E106", "记录里没有这一处"
    ID_TAKEN = "E107", "编号已经用过"
    NOT_EDITABLE = "E108", "文件先要改对才能编辑"

    UNIT_LIST_HEADINGS = "N101", "机构表的表头不对"
    UNIT_LIST_COLUMN = "N102", "机构表多出的列没有读"
    UNIT_LIST_UNIT = "N103", "机构表里的机构不认识"
    UNIT_LIST_ZEROS = "N104", "机构代码前面的 0 已补上"
    UNIT_LIST_TWICE = "N105", "机构表里一家机构写了两次"
    UNIT_LIST_NUMBER = "N106", "机构表里的数不对"
    NO_WEIGHT = "N110", "机构没有权重"
    NOTHING_TO_SPLIT = "N111", "没有可以分的数"
    START_NAME = "N120", "银行名不能用"
    START_PLACE = "N121", "不能在这里新建知识库"
    START_TAKEN = "N122", "目录里已有东西"
    NO_UNIT = "E109", "数值没有写单位"
    UNIT_MISFIT = "E110", "数值的单位与指标不合"
    NOT_A_NUMBER = "E111", "看不出是什么数值"
    NO_VALUE_THERE = "E112", "这个目标没有数值可改"
    BEFORE_THE_LAST = "E113", "日期不晚于最近的一次"
    OUTSIDE_PERIOD = "E114", "日期在目标的期限以外"
    UNCHANGED = "E115", "与现行的数值相同"
    WHICH_RECORD = "E116", "名称对得上不止一条记录"
    SIGNED_ALREADY = "E117", "已经签过"
    BAD_ANSWER_GIVEN = "E118", "答复不能用"
    SIGNED_EARLY = "F101", "起草、复核、签发的日期先后不对"
    SAME_PERSON = "F102", "起草和复核是同一人"
    ISSUED_UNREVIEWED = "F103", "没有复核就签发"
    IN_FORCE_UNISSUED = "F104", "生效早于签发"
    ISSUED_UNDECIDED = "F105", "签发早于决定"
    DRAFT_OVERDUE = "F106", "草案的生效日已过，还没有签发"
    UNSETTLED = "F110", "待定事项过了宜定之日，还没有定"
    SUSPECT = "F120", "所依据的内容变了，有待复核"
    BAD_FINGERPRINTS = "F130", "原文指纹读不了"
    BAD_REVIEWS = "F131", "复核记录读不了"
    SOURCE_UNREADABLE = "F140", "原文读不了"
    SOURCE_EMPTY = "F141", "原文是空的"
    SOURCE_ENCODING = "F142", "原文的编码认不出"
    OTHER_DOCUMENT = "F143", "不像这份文件的原文"
    CLAUSE_NOT_FOUND = "F144", "原文里找不到这一条"
    NO_SUCH_SOURCE = "F145", "没有登记这份文件"


@dataclass(frozen=True)
class Problem:
    """One thing to mend. `line` and `column` count from 1; for a workbook use `sheet`."""

    code: Code
    found: str
    """what was found, a full sentence without its full stop"""
    file: str = ""
    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    cell: str | None = None
    field: str | None = None
    """the field or column meant, in words or as a dotted path"""
    allowed: str | None = None
    mend: str | None = None
    severity: Severity = Severity.ERROR

    @property
    def place(self) -> str:
        place = self.file
        if self.sheet:
            place += f"[{self.sheet}]"
        if self.cell:
            place += f"!{self.cell}"
        if self.line is not None:
            place += f":{self.line}"
            if self.column is not None:
                place += f":{self.column}"
        return place

    def __str__(self) -> str:
        word = "错误" if self.severity is Severity.ERROR else "提醒"
        where = f"（{self.field}）" if self.field else ""
        place = f"{self.place}: " if self.place else ""
        lines = [f"{place}{word} {self.code.value} {self.found}{where}"]
        if self.allowed:
            lines.append(f"    允许：{self.allowed}")
        if self.mend:
            lines.append(f"    改法：{self.mend}")
        return "\n".join(lines)

    @property
    def order(self):
        return (self.file, self.sheet or "", self.line or 0, self.column or 0, self.code.value)


class Problems(Exception):
    """Everything found wrong, at once."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(sorted(problems, key=lambda p: p.order))
        super().__init__(f"{len(self.problems)} 个问题")

    def __str__(self) -> str:
        return "\n".join(str(p) for p in self.problems)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint for a mistyped word, in Chinese; None when nothing comes near."""
    near = difflib.get_close_matches(word, list(known), n=2, cutoff=0.6)
    return f"是不是 {' 或 '.join(near)}？" if near else None


REASONS = {
    errno.ENOENT: "没有这个文件或目录", errno.ENOTDIR: "路径中间有一段不是目录",
    errno.EISDIR: "是目录，不是文件", errno.EEXIST: "那里有个同名的文件",
    errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘满了", errno.EDQUOT: "超出了磁盘限额", errno.EFBIG: "超出了文件大小的限额",
    errno.EIO: "磁盘读写出错", errno.EMFILE: "打开的文件太多", errno.ENAMETOOLONG: "名字太长",
    errno.ELOOP: "链接绕成了圈",
}


def reason(error: OSError) -> str:
    """Why the system refused, in Chinese where it is one of the usual reasons."""
    return REASONS.get(error.errno) or error.strerror or str(error)
