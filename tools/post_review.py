"""Compare the definitions with the branch they go to, and say it in the merge request.

    python tools/post_review.py --base REVISION [--data FOLDER]

Runs in the pipelines of GitHub, GitLab and Gitee; which one, and which request, is read from the
environment. The comment of an earlier run is written anew, so that a request has one only. Ends
with 0 when the comparison could be made, whether somebody has to decide or not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARK = "<!-- zhixing-diff -->"
MOST = 60_000
"""characters; platforms refuse comments not much longer"""
COMPARED = (0, 3, 4)
TIMEOUT = 30


class ReviewError(Exception):
    """Why the comment could not be written, in Chinese."""


@dataclass(frozen=True)
class Request:
    """A merge request as its platform's interface knows it."""

    comments: str
    """address of its comments"""
    one: str
    """address of one comment: {id}"""
    update: str
    """the method that writes one anew"""
    headers: Mapping[str, str] = field(default_factory=dict)
    token: Mapping[str, str] = field(default_factory=dict)
    """sent along as parameters"""


def request_of(env: Mapping[str, str]) -> Request:
    """The merge request that the pipeline runs for. Raises ReviewError."""
    if env.get("GITHUB_ACTIONS"):
        event = json.loads(Path(_needed(env, "GITHUB_EVENT_PATH")).read_text(encoding="utf-8"))
        base = f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}/issues"
        return Request(
            f"{base}/{event['pull_request']['number']}/comments", f"{base}/comments/{{id}}",
            "PATCH", {"Authorization": f"Bearer {_needed(env, 'GITHUB_TOKEN')}"},
        )
    if env.get("GITLAB_CI"):
        base = (
            f"{env['CI_API_V4_URL']}/projects/{env['CI_PROJECT_ID']}"
            f"/merge_requests/{_needed(env, 'CI_MERGE_REQUEST_IID')}/notes"
        )
        token = {"PRIVATE-TOKEN": _needed(env, "REVIEW_TOKEN")}
        return Request(base, f"{base}/{{id}}", "PUT", token)
    if env.get("GITEE_TOKEN"):
        api = env.get("GITEE_API_URL", "https://gitee.com/api/v5")
        token = {"access_token": env["GITEE_TOKEN"]}
        base = f"{api}/repos/{_repository()}/pulls"
        number = _number_on_gitee(base, token)
        return Request(f"{base}/{number}/comments", f"{base}/comments/{{id}}", "PATCH", token=token)
    raise ReviewError("认不出流水线：要在 GitHub、GitLab 或 Gitee 的合并请求里运行")


def _needed(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise ReviewError(f"缺少环境变量 {name}")
    return env[name]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _repository() -> str:
    """owner/name, from the address of the remote."""
    address = _git("remote", "get-url", "origin").removesuffix(".git")
    return "/".join(address.replace(":", "/").split("/")[-2:])


def _number_on_gitee(base: str, token: Mapping[str, str]) -> int:
    """The open request whose last commit is the one checked out, or merged into it."""
    ours = set(_git("rev-list", "--parents", "-n", "1", "HEAD").split())
    for one in call("GET", base, {"state": "open", "per_page": "100", **token}):
        if one["head"]["sha"] in ours:
            return one["number"]
    raise ReviewError("这次提交不在任何一个打开的合并请求里")


def call(method: str, address: str, content: Mapping[str, str], headers=()) -> object:
    """One call of a platform's interface. Raises ReviewError."""
    body = None
    if method == "GET":
        address = f"{address}?{urllib.parse.urlencode(content)}"
    else:
        body = json.dumps(content).encode()
    kind = {"Accept": "application/json", "Content-Type": "application/json"}
    request = urllib.request.Request(
        address, method=method, data=body, headers=kind | dict(headers)
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise ReviewError(f"平台拒绝了这条评论：{error.code} {error.reason}") from None
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        raise ReviewError(f"平台没有应答：{error}") from None


def post(request: Request, text: str) -> None:
    """Write the comment, or write the one of an earlier run anew."""
    content = {"body": f"{MARK}\n{shortened(text)}", **request.token}
    earlier = _earlier(request)
    if earlier is None:
        call("POST", request.comments, content, request.headers)
    else:
        call(request.update, request.one.format(id=earlier), content, request.headers)


def _earlier(request: Request) -> int | None:
    asked = {"per_page": "100", **request.token}
    found = call("GET", request.comments, asked, request.headers)
    return next((c["id"] for c in found if (c.get("body") or "").startswith(MARK)), None)


def shortened(text: str) -> str:
    """A comment that the platform takes; the whole text is in the log."""
    if len(text) <= MOST:
        return text
    return text[:MOST].rsplit("\n", 1)[0] + "\n\n（太长，后面的没有列出；全文见流水线的日志。）\n"


def compared(base: str, data: str | None) -> tuple[int, str]:
    """(exit code, Markdown) of the comparison; its own messages go to the log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "diff.md"
        more = ["--data", data] if data else []
        done = subprocess.run(
            [sys.executable, "-m", "targets", "diff", base, *more, "--format", "markdown",
             "-o", str(path)], check=False,
        )
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    return done.returncode, text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="把定义改动的说明写进合并请求")
    parser.add_argument("--base", required=True, help="合并到哪里：分支或提交号")
    parser.add_argument("--data", help="数据目录；给了就列出影响")
    asked = parser.parse_args(arguments)
    code, text = compared(asked.base, asked.data)
    if code not in COMPARED:
        return code
    print(text)
    try:
        post(request_of(os.environ), text)
    except ReviewError as error:
        print(f"说明没有写进合并请求：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
