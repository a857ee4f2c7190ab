"""python -m targets intake"""

import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from targets.branchdata.beside import lies_beside
from targets.catalog import load
from targets.problems import Code, Problem, Severity, did_you_mean, reason

from .assess import Day
from .common import definitions_option, problems_end_it, progress_bar, show, whole_file
from .messages import Command

SUFFIXES = {".xlsx", ".xlsm", ".xls", ".csv", ".tsv", ".txt"}
REPORTS = (".md", ".csv", ".json")


def _path(**more) -> click.Path:
    return click.Path(path_type=Path, **more)


@click.command("intake", cls=Command)
@click.argument("paths", nargs=-1, type=_path(exists=True), metavar="文件或目录…")
@click.option("-o", "--output", "dataset", type=_path(file_okay=False), metavar="数据目录",
              help="收进哪个数据目录；没有就新建。assess --data 可以直接用它。")
@definitions_option
@click.option("--period", type=Day(), help="表里没有写数据日期时，当作哪一天（月末）。")
@click.option("--unit", metavar="代码", help="由哪个机构报来；表里没有机构代码时也用它。")
@click.option("--by", metavar="报送人", help="谁报来的，记在收件簿里；不写就用登录名。")
@click.option("--answers", "answer_file", type=_path(exists=True, dir_okay=False), metavar="文件",
              help="填好的问题文件（YAML）。")
@click.option("--report", type=_path(dir_okay=False), metavar="文件",
              help="核对报告，后缀 .md、.csv 或 .json。")
@click.option("--marked", type=_path(file_okay=False), metavar="目录",
              help="把有问题的文件各存一份副本到这里，出错的格子标色并加批注。")
@click.option("--add", is_flag=True, help="补充：与已收的行并存，不替换同一机构、同一期原有的行。")
@click.option("--again", is_flag=True, help="已被更正的旧文件也重新收，恢复成那一份。")
@click.option("--dry-run", "dry", is_flag=True, help="试运行：照样核对，不写数据目录。")
@click.option("--history", type=_path(exists=True, file_okay=False), metavar="数据目录",
              help="列出这个数据目录收过的每一版，不收件。")
@problems_end_it
def command(paths, dataset, folder, period, unit, by, answer_file, report, marked, add, again, dry,
            history) -> None:
    """收分支机构报来的文件：认表、核对、入库，并写出退回的行和要回答的问题。

    收 xlsx、xls 和 csv；给目录就收里面的全部文件。同一个文件再交不会重复；更正的文件替换它所报的
    表、机构和日期，旧版移入历史。退出码：0 全部收下；1 有退回的行或要回答的问题（好的行照收）；
    2 用法不对。
    """
    if history:
        _history(history)
        return
    _check_use(paths, dataset, report)
    from targets.branchdata.intake.answers import read_answers
    from targets.branchdata.intake.receipts import load as load_ledger
    from targets.branchdata.intake.store import Bank, take

    catalog = load(folder)
    if unit and unit not in catalog.units_by_code:
        hint = did_you_mean(unit, catalog.units_by_code) or ""
        raise click.UsageError(f"没有机构代码 {unit}。{hint}")
    files, passed_over = collect(paths, dataset)
    given = read_answers(answer_file) if answer_file else {}
    kept = {key: a.choice for key, a in load_ledger(dataset).answers.items()}
    bank = Bank.of(catalog)
    reads, given = _read(dataset, bank, files, kept, given, period, unit)
    still_open = {q.key for read in reads for q in _asked(read)}
    outcome = take(
        dataset, reads, bank, by=by or _login(), unit=unit, add=add, again=again,
        dry=dry, answers={k: v for k, v in given.items() if k not in still_open},
        waiting=lambda: click.echo("另一次收件正在进行，等它结束……", err=True),
    )
    outcome = _with(outcome, passed_over)
    _tell(outcome, kept, report, marked)
    if not outcome.clean:
        sys.exit(1)


def _check_use(paths, dataset: Path | None, report: Path | None) -> None:
    if not paths:
        raise click.UsageError("要给出收哪些文件或目录；只看收过什么，用 --history 数据目录")
    if dataset is None:
        raise click.UsageError("要用 -o 给出收进哪个数据目录")
    if report and report.suffix.lower() not in REPORTS:
        raise click.UsageError(f"--report 的后缀要是 {'、'.join(REPORTS)} 之一")


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "未写明"


# ---------------------------------------------------------------- files


def collect(paths: Sequence[Path], dataset: Path) -> tuple[list[Path], list[Problem]]:
    """The files to read, each once, and those of a folder that are passed over.

    Links inside a folder are not followed, and what the dataset itself holds is not read again.
    """
    own = dataset.resolve()
    files: dict[Path, Path] = {}
    passed: list[Problem] = []
    for path in paths:
        if not path.is_dir():
            files.setdefault(path.resolve(), path)
            continue
        for found in sorted(path.rglob("*")):
            real = found.resolve()
            hidden = any(p.startswith((".", "~$")) for p in found.relative_to(path).parts)
            if found.is_dir() or hidden or own == real or own in real.parents:
                continue
            if found.is_symlink():
                passed.append(_passed(found, "是一个链接"))
            elif lies_beside(found):
                passed.append(_beside(found, dataset))
            elif found.suffix.lower() not in SUFFIXES:
                passed.append(_passed(found, f"后缀是 {found.suffix or '（没有）'}"))
            else:
                files.setdefault(real, found)
    return list(files.values()), passed


def _beside(path: Path, dataset: Path) -> Problem:
    return Problem(
        Code.FILE_PASSED_OVER, "它是排日历用的，不是数据表，没有收", file=path.name,
        severity=Severity.WARNING,
        mend=f"放进数据目录 {dataset}，submissions、calendar 和 assess 会去读",
    )


def _passed(path: Path, why: str) -> Problem:
    return Problem(
        Code.FILE_PASSED_OVER, f"{why}，没有读", file=path.name, severity=Severity.WARNING,
        allowed="、".join(sorted(SUFFIXES)), mend="不是要报的就不用理会；是就直接给出这个文件",
    )


def _read(
    dataset: Path, bank, files: Sequence[Path], kept: Mapping[str, str], given: dict[str, str],
    period, unit: str | None,
):
    """Read every file; at a terminal, ask what has to be asked and read again."""
    from targets.branchdata.intake.read import read_file
    from targets.branchdata.intake.store import sites

    register = None

    def read(path: Path):
        return read_file(path, bank.datasets, bank.units, bank.codes, answers=kept | given,
                         period=period, unit=unit, sites=register)

    with progress_bar("读文件") as progress:
        reads = []
        for number, path in enumerate(files):
            if progress:
                progress(path.name, number, len(files))
            reads.append(read(path))
    skipped: set[str] = set()
    while sys.stdin.isatty() and sys.stdout.isatty():
        question = next((q for r in reads for q in _asked(r) if q.key not in skipped), None)
        if question is None:
            break
        if answer := ask(question, click.prompt):
            # One answer often settles the next question too: read again before going on.
            given = given | {question.key: answer}
            reads = [read(r.path) if question.key in {q.key for q in _asked(r)} else r
                     for r in reads]
        else:
            skipped.add(question.key)
    # A file with a register of its own knows no other; what it lacks may be in the dataset's.
    lacking = [i for i, r in enumerate(reads) if any(
        p.code in (Code.UNKNOWN_SITE, Code.SITE_OF_OTHER) for s in r.sheets for p in s.problems
    )]
    if lacking:
        register = sites(dataset, bank, reads)
        for i in lacking:
            reads[i] = read(reads[i].path)
    return reads, given


def _asked(read) -> list:
    return [q for sheet in read.sheets for q in sheet.questions]


def ask(question, prompt: Callable[..., str]) -> str:
    """What a person answers; empty to leave it for later."""
    from targets.branchdata.intake.report import question_lines

    click.echo("\n".join(["", *question_lines(question)]))
    return prompt("填一个选项；直接回车留到以后", default="", show_default=False).strip()


# ---------------------------------------------------------------- what is told


def _with(outcome, problems: Sequence[Problem]):
    from dataclasses import replace

    return replace(outcome, problems=(*outcome.problems, *problems))


def _tell(outcome, kept: Mapping[str, str], report: Path | None, marked: Path | None) -> None:
    from targets.branchdata.intake import report as reports
    from targets.branchdata.intake.answers import write_questions
    from targets.branchdata.intake.store import QUESTIONS, RETURNED

    written: list[str] = []
    try:
        if outcome.questions and not outcome.dry:
            path = write_questions(outcome.questions, outcome.folder / QUESTIONS)
            written.append(f"问题写在 {path}，填好后用 --answers 交回")
        if not outcome.dry:
            written += _set_aside(outcome, outcome.folder / RETURNED)
        if marked:
            lines, problems = _marked(outcome, marked)
            written += lines
            outcome = _with(outcome, problems)
    except OSError as error:
        outcome = _with(outcome, [Problem(
            Code.CANNOT_WRITE, f"数据已收下，给分支机构的文件没有写成：{reason(error)}",
            file=str(error.filename or outcome.folder), mend="腾出空间或改好权限，再运行一次",
        )])
    click.echo(reports.text(outcome), nl=False)
    if report:
        write, encoding = reports.FORMS[report.suffix.lower()]
        with whole_file(report) as part:
            part.write_text(write(outcome), encoding=encoding, newline="")
        written.append(f"核对报告：{report}")
    for line in written:
        click.echo(line)
    if kept:
        click.echo(f"沿用以前的回答 {len(kept)} 条，记在收件簿里", err=True)


def _set_aside(outcome, folder: Path) -> list[str]:
    from targets.branchdata.intake.aside import write_aside

    paths = [path for f in outcome.files if (path := write_aside(f, folder))]
    return [f"退回的行：{path}（含机构自己的明细，只退给该机构）" for path in paths]


def _marked(outcome, folder: Path) -> tuple[list[str], list[Problem]]:
    from targets.branchdata.intake.mark import write_marked

    lines: list[str] = []
    problems: list[Problem] = []
    for file in outcome.files:
        path, trouble = write_marked(file, folder)
        problems += trouble
        if path:
            lines.append(f"批注副本：{path}（含机构自己的明细，只退给该机构）")
    return lines, problems


def _history(folder: Path) -> None:
    from targets.branchdata.intake.receipts import NAME, load

    if not (folder / NAME).is_file():
        show((Problem(Code.NOT_A_STORE, "这个目录没有收过件", file=str(folder),
                      allowed="以前用 intake -o 收件的目录", mend="核对路径"),))
        sys.exit(1)
    ledger = load(folder)
    lines: dict[int, list] = {}
    for line in ledger.history:
        lines.setdefault(line.receipt.number, []).append(line)
    for receipt in ledger.receipts:
        when = receipt.at.strftime("%Y-%m-%d %H:%M:%S")
        click.echo(f"{receipt.number}. {when}　{receipt.by}　{receipt.file}　"
                   f"{receipt.sha256[:12]}　读到 {receipt.read:,} 行，收下 {receipt.accepted:,}，"
                   f"退回 {receipt.rejected:,}，合计行 {receipt.totals:,}")
        for line in lines.get(receipt.number, ()):
            t = line.taken
            state = f"已由第 {line.replaced.number} 次收件替换" if line.replaced else "现行"
            click.echo(f"    {t.table}　{t.unit}　{t.day}　第 {t.version} 版（{t.kind.label}）"
                       f"　{t.rows:,} 行　{state}")
