# 知行 · 需要 git、make 和 Python 3.11（含 venv）；输入 make 查看全部命令。

PORT ?= 8000
PYTEST_ARGS ?=

BIN := .venv/bin
PY := $(BIN)/python
ENV := .venv/.ready
SAMPLE := data/sample
SAMPLE_DONE := _build/sample.complete
SITE := _build/html
SCHEMA := targets/definitions/definitions.schema.json
# With STRICT=1 any warning fails the build, once all of them have been listed.
STRICT_FLAGS := $(if $(STRICT),-W --keep-going -n)

export PYTHONUTF8 := 1
export JUPYTER_PREFER_ENV_PATH := 1
# the last would have every command compile the whole package anew
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help site test test-engines serve lab check sample schema bench bench-large hooks lint clean FORCE

help: ## 显示本帮助
	@echo '知行：会计算的政策手册'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '可选：make serve PORT=8001 换端口；make site STRICT=1 有警告即失败；'
	@echo '      make test PYTEST_ARGS="-k 检索" 只跑一部分测试；'
	@echo '      make test ENGINES=1 连同真的 PostgreSQL 和 Spark 一起测'

site: $(SITE)/.complete ## 建环境、查定义、造样例、作判定、执行笔记本、生成手册
	@echo
	@echo '手册已生成，请在浏览器打开：'
	@echo '  file://$(CURDIR)/$(SITE)/index.html'
	@echo '或运行 make serve，再打开 http://127.0.0.1:$(PORT)/'

test: $(ENV) browser $(if $(ENGINES),engines) $(SITE)/.complete ## 跑全部测试（先备好浏览器和手册）
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(if $(ENGINES),-m '') \
	  $(PYTEST_ARGS)

test-engines: $(ENV) engines ## 在真的 PostgreSQL 和 Spark（两个工作节点）上核对判定逐项相同
	@$(PY) -m pytest -m engines tests/engines $(PYTEST_ARGS)

serve: $(SITE)/.complete ## 在本机打开手册
	@$(PY) tools/serve.py $(SITE) $(PORT)

lab: $(ENV) $(SAMPLE_DONE) ## 用中文 JupyterLab 打开笔记本
	@$(PY) -m targets lessons
	@JUPYTERLAB_SETTINGS_DIR='$(CURDIR)/.venv/var/lab/settings' \
	JUPYTERLAB_WORKSPACES_DIR='$(CURDIR)/.venv/var/lab/workspaces' \
	$(BIN)/jupyter lab --ServerApp.root_dir=notebooks --ServerApp.ip=127.0.0.1 \
	  --LabApp.extension_manager=readonly $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB_ARGS)

check: $(ENV) ## 检查全部定义
	@$(PY) -m targets check

sample: $(SAMPLE_DONE) ## 生成样例数据

bench: $(SITE)/.complete ## 测量速度与内存，写出 benchmarks/report.md
	@$(PY) -m pip install --disable-pip-version-check --quiet -r benchmarks/requirements.txt
	@$(PY) -m benchmarks.run $(BENCH_ARGS)

bench-large: $(ENV) engines ## 一千万行和一亿行在各引擎上的速度与内存（要空闲的机器，约一小时）
	@$(PY) -m pip install --disable-pip-version-check --quiet -r benchmarks/requirements.txt
	@$(PY) -m benchmarks.run large $(BENCH_ARGS)

hooks: $(ENV) ## 提交前自动排版、检查定义（装一次）
	@$(BIN)/pre-commit install

lint: $(ENV) ## 检查代码风格
	@$(BIN)/ruff check .

clean: ## 删去生成的文件（保留环境 .venv）
	rm -rf _build $(SAMPLE) book/records notebooks/learner .pytest_cache .ruff_cache .hypothesis
	find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +

.PHONY: engines
engines: $(ENV)
	@sh tools/engines.sh

.PHONY: browser
browser: $(ENV)
	@$(PY) tools/browser.py

$(ENV): requirements.txt constraints.txt pyproject.toml tools/make_env.sh \
        tools/jupyterlab_settings.json
	@PYTHON='$(PYTHON)' sh tools/make_env.sh

# Only what differs is made again: the lists hold checksums, so a new date alone changes nothing.
_build/package.sums: FORCE
	@sh tools/checksums.sh $@ targets

_build/site.sums: FORCE
	@sh tools/checksums.sh $@ _config.yml _toc.yml book notebooks targets data

# Editors complete and check the YAML by it; a test keeps it equal to the models.
schema: $(ENV) ## 模型改动之后，更新编辑器用的 JSON Schema
	@$(PY) -m targets export --format schema -o $(SCHEMA)

$(SAMPLE_DONE): _build/package.sums $(ENV) $(if $(wildcard $(SAMPLE)/*),,FORCE)
	@rm -f $@
	@$(PY) -m targets check
	@$(PY) -m targets sample -o $(SAMPLE)
	@touch $@

$(SITE)/.complete: _build/site.sums $(SAMPLE_DONE) $(ENV)
	@rm -f $@
	@$(PY) -m targets assess --data $(SAMPLE) --format json -o _build/findings.json
	@echo '正在生成手册（执行笔记本、写出页面），首次约需一两分钟……'
	@$(BIN)/jupyter-book build . $(STRICT_FLAGS) > _build/build.log || \
	  { echo '手册没有生成，原因见上；完整记录在 _build/build.log' >&2; exit 1; }
	@touch $@

FORCE:
