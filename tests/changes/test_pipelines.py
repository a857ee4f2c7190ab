"""The pipelines that post the comparison: their files, and the comment on a server of our own."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tools import post_review
from tools.post_review import MARK, Request, ReviewError, post, request_of, shortened

REPOSITORY = Path(__file__).parents[2]
GITHUB = REPOSITORY / ".github/workflows/review.yml"
GITLAB = REPOSITORY / ".gitlab-ci.yml"
GITEE = REPOSITORY / ".workflow/review.yml"


class Platform(ThreadingHTTPServer):
    """Keeps comments, as the three platforms do."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: dict[int, str] = {7: "别人的话"}
        self.seen: list[tuple[str, str, str | None]] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self._note()
        pulls = self.path.split("?")[0].endswith("/pulls")
        found = [{"id": i, "body": b} for i, b in self.server.comments.items()]
        self._answer(self.server.pulls if pulls else found)

    def do_POST(self):
        self._note()
        self.server.comments[max(self.server.comments) + 1] = self._body()["body"]
        self._answer({})

    def do_PATCH(self):
        self._note()
        self.server.comments[int(self.path.rsplit("/", 1)[1])] = self._body()["body"]
        self._answer({})

    do_PUT = do_PATCH

    def _note(self):
        token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")
        self.server.seen.append((self.command, self.path.split("?")[0], token))

    def _body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, content):
        raw = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


@pytest.fixture
def platform():
    with Platform() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def github(platform, tmp_path) -> dict:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 12}}), encoding="utf-8")
    return {
        "GITHUB_ACTIONS": "true", "GITHUB_API_URL": platform.address, "GITHUB_TOKEN": "token",
        "GITHUB_REPOSITORY": "bank/zhixing", "GITHUB_EVENT_PATH": str(event),
    }


class TestComment:
    def test_the_first_run_writes_it_and_the_next_writes_it_anew(self, platform, github):
        post(request_of(github), "第一次")
        post(request_of(github), "第二次")
        assert platform.comments == {7: "别人的话", 8: f"{MARK}\n第二次"}
        assert platform.seen[1] == (
            "POST", "/repos/bank/zhixing/issues/12/comments", "Bearer token"
        )
        assert platform.seen[3][:2] == ("PATCH", "/repos/bank/zhixing/issues/comments/8")

    def test_gitlab_knows_it_as_a_note(self, platform):
        env = {"GITLAB_CI": "true", "CI_API_V4_URL": platform.address, "CI_PROJECT_ID": "3",
               "CI_MERGE_REQUEST_IID": "5", "REVIEW_TOKEN": "token"}
        for text in ("第一次", "第二次"):
            post(request_of(env), text)
        assert platform.comments[8] == f"{MARK}\n第二次"
        assert platform.seen[3] == ("PUT", "/projects/3/merge_requests/5/notes/8", "token")

    def test_on_gitee_the_request_is_found_by_its_last_commit(self, platform, monkeypatch):
        said = {"remote": "https://gitee.com/bank/zhixing.git", "rev-list": "aaa bbb ccc"}
        monkeypatch.setattr(post_review, "_git", lambda first, *_: said[first])
        heads = {1: "ddd", 2: "ccc"}
        platform.pulls = [{"number": n, "head": {"sha": sha}} for n, sha in heads.items()]
        env = {"GITEE_TOKEN": "token", "GITEE_API_URL": platform.address}
        assert request_of(env).comments == f"{platform.address}/repos/bank/zhixing/pulls/2/comments"
        platform.pulls = platform.pulls[:1]
        with pytest.raises(ReviewError, match="不在任何一个打开的合并请求里"):
            request_of(env)

    def test_a_comment_too_long_is_cut_at_a_line_and_says_so(self):
        text = shortened("一行\n" * 40_000)
        assert len(text) < post_review.MOST + 100
        assert "太长" in text

    def test_outside_of_a_pipeline_it_says_what_is_missing(self, github):
        with pytest.raises(ReviewError, match="认不出流水线"):
            request_of({})
        with pytest.raises(ReviewError, match="GITHUB_TOKEN"):
            request_of(github | {"GITHUB_TOKEN": ""})

    def test_a_platform_that_does_not_answer_is_told(self):
        with pytest.raises(ReviewError, match="没有应答"):
            post(Request("http://127.0.0.1:9/x", "", "PUT"), "文")

    @pytest.mark.parametrize(("code", "ends"), [(0, 0), (3, 0), (4, 0), (1, 1), (2, 2)])
    def test_only_a_comparison_that_failed_fails_the_pipeline(self, code, ends, monkeypatch):
        posted = []
        monkeypatch.setattr(post_review, "compared", lambda *_: (code, "文"))
        monkeypatch.setattr(post_review, "request_of", lambda _: None)
        monkeypatch.setattr(post_review, "post", lambda _, text: posted.append(text))
        assert post_review.main(["--base", "main"]) == ends
        assert posted == (["文"] if ends == 0 else [])


class TestFiles:
    @pytest.mark.parametrize(
        ("schema", "path"), [("vendor.github-workflows", GITHUB), ("vendor.gitlab-ci", GITLAB)]
    )
    def test_they_are_what_the_platform_takes(self, schema, path):
        done = subprocess.run(
            ["check-jsonschema", "--builtin-schema", schema, str(path)],
            capture_output=True, text=True, env=_with_environment(),
        )
        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("path", [GITHUB, GITLAB, GITEE], ids=lambda p: p.name)
    def test_each_posts_by_the_same_tool_and_names_no_other_host(self, path):
        text = path.read_text(encoding="utf-8")
        assert yaml.safe_load(text)
        assert "tools/post_review.py --base" in text
        assert "http" not in text


def _with_environment() -> dict[str, str]:
    """The commands of the environment that runs this come first."""
    import os
    import sys

    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
