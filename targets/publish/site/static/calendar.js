/* The reporting calendar in the reader's browser: what is due, seen from the day it is read.

   Dates come from calendar-data.js; a day is a whole number (days since 1970), so that no time zone
   of the reader's can shift it. Today is the day it is in Beijing. */
(() => {
  "use strict";

  const ROOT = new URL("../", document.currentScript.src);
  const MS = 86400000;
  const SOON = 30;
  const FEW = 3;

  // --- days -----------------------------------------------------------------------------------

  const fromIso = (text) => Date.parse(`${text}T00:00:00Z`) / MS;
  const today = () => Math.floor((Date.now() + 8 * 3600000) / MS);
  const parts = (day) => {
    const at = new Date(day * MS);
    return { y: at.getUTCFullYear(), m: at.getUTCMonth() + 1, d: at.getUTCDate() };
  };
  const dayOf = (y, m, d) => Date.UTC(y, m - 1, d) / MS;
  const weekday = (day) => (day + 3) % 7; // 0 is Monday
  const NAMES = "一二三四五六日";
  const long = (day) => {
    const { y, m, d } = parts(day);
    return `${y}年${m}月${d}日`;
  };
  const short = (day) => `${parts(day).m}月${parts(day).d}日 星期${NAMES[weekday(day)]}`;
  const left = (days) =>
    days === 0 ? "今天到期" : days > 0 ? `还有 ${days} 天` : `已过 ${-days} 天`;

  // --- elements -------------------------------------------------------------------------------

  function make(tag, given, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) {
        node.setAttribute(name, value);
      }
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }
  const labelled = (label, id, control) =>
    make("span", { class: "zx-cal__field" }, make("label", { for: id }, `${label} `), control);
  const link = (page, text) => make("a", { href: new URL(page, ROOT).href }, text);
  const feed = (id, text) => link(`feeds/${id}.ics`, text);

  // --- what is due ----------------------------------------------------------------------------

  class Dates {
    constructor(data) {
      this.data = data;
      this.base = fromIso(data.from);
      this.last = fromIso(data.to);
      this.days = data.duties.map((duty, n) => this.expand(n, duty.runs));
      this.own = new Map(
        data.own.map(([duty, unit, runs]) => [`${duty} ${unit}`, this.expand(duty, runs)]),
      );
      this.off = new Map(data.off.named.map(([day, name]) => [this.base + day, name]));
      this.worked = new Set(data.off.worked.map((day) => this.base + day));
    }

    expand(duty, runs) {
      const found = [];
      for (const [first, count, shift, reported, state] of runs) {
        for (let n = first; n < first + count; n += 1) {
          const [start, length] = this.data.periods[n];
          found.push({
            duty,
            due: this.base + start + length + shift,
            period: n,
            reports: reported === null ? null : n + reported,
            state: this.data.states[state],
          });
        }
      }
      return found.sort((a, b) => a.due - b.due);
    }

    period(n) {
      const [start, , label] = this.data.periods[n];
      return label || long(this.base + start);
    }

    carries(duty, unit, day) {
      const [, , , , , opened = null, closed = null] = this.data.units[unit];
      const at = day - this.base;
      if ((opened !== null && opened > at) || (closed !== null && closed < at)) return false;
      return this.data.duties[duty].carriers.some(
        ([since, until, units]) =>
          (since === null || since <= at) && (until === null || at <= until) && units.includes(unit),
      );
    }

    wanted(n, { duty, actors, receives, unit, level, document: paper }) {
      const found = this.data.duties[n];
      if (duty !== undefined && found.id !== duty) return false;
      if (actors && !found.actors.some((a) => actors.has(this.data.actors[a][0]))) return false;
      if (receives !== undefined && !found.receivers.includes(receives)) return false;
      if (paper !== undefined && found.document !== paper) return false;
      const units = found.carriers.flatMap((carrier) => carrier[2]);
      if (unit !== undefined) return units.includes(unit);
      return level === undefined || units.some((u) => this.data.units[u][3] === level);
    }

    /* Due from `first` to `last`, both included, in order. */
    between(first, last, filter = {}) {
      const found = [];
      this.data.duties.forEach((_, n) => {
        if (!this.wanted(n, filter)) return;
        const own = filter.unit !== undefined && this.own.get(`${n} ${filter.unit}`);
        for (const row of own || this.days[n]) {
          if (row.due < first || row.due > last) continue;
          if (filter.unit !== undefined && !own && !this.carries(n, filter.unit, row.due)) continue;
          found.push(row);
        }
      });
      return found.sort((a, b) => a.due - b.due || a.duty - b.duty);
    }

    offDay(day) {
      if (this.off.has(day)) return true;
      return weekday(day) > 4 && !this.worked.has(day);
    }
  }

  // --- one thing due, in words ------------------------------------------------------------------

  const who = (dates, duty) => duty.actors.map((a) => dates.data.actors[a][1]).join("、");

  function about(dates, row) {
    const duty = dates.data.duties[row.duty];
    const [, times, hour] = row.state;
    return [
      row.reports === null ? "" : `报${dates.period(row.reports)}`,
      times,
      hour && `${hour} 之前`,
      who(dates, duty),
      duty.cite,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  // What to mind about a date is said once below a list; a mark stands at the date.
  const CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩";
  const flagsOf = (rows) =>
    [...new Set(rows.flatMap((row) => row.state[0]))].sort((a, b) => a - b);
  const marksOf = (rows) => flagsOf(rows).map((n) => CIRCLED[n]).join("");
  function legend(dates, rows) {
    const found = flagsOf(rows);
    if (!found.length) return null;
    return make(
      "ul",
      { class: "zx-lines zx-legend", "aria-label": "请注意" },
      ...found.map((n) => make("li", {}, `${CIRCLED[n]} ${dates.data.flags[n]}`)),
    );
  }

  function name(dates, row) {
    const duty = dates.data.duties[row.duty];
    return link(duty.page, duty.name);
  }

  function item(dates, row, now, dated) {
    const marks = marksOf([row]);
    return make(
      "li",
      { class: row.due < now ? "zx-due zx-due--past" : "zx-due" },
      make(
        "span",
        { class: "zx-due__when" },
        dated ? make("span", { class: "zx-due__day" }, yearly(row.due, now)) : null,
        make(
          "span",
          { class: row.due === now ? "zx-due__left zx-due__left--today" : "zx-due__left" },
          left(row.due - now),
        ),
      ),
      make(
        "span",
        { class: "zx-due__what" },
        name(dates, row),
        marks ? make("span", { class: "zx-due__flags" }, ` 注${marks}`) : null,
        make("span", { class: "zx-under" }, about(dates, row)),
      ),
    );
  }

  const yearly = (day, now) =>
    parts(day).y === parts(now).y ? short(day) : `${parts(day).y}年${short(day)}`;

  const isDaily = (dates, row) => dates.data.duties[row.duty].daily;

  const dailyDuties = (dates, rows) =>
    [...new Set(rows.filter((row) => isDaily(dates, row)).map((row) => row.duty))];

  function countDaily(dates, rows) {
    const count = dailyDuties(dates, rows).length;
    return count ? make("p", {}, `此外还有每天要做的 ${count} 项。`) : null;
  }

  /* What is to be done every day is named once. */
  function everyDay(dates, rows) {
    const found = dailyDuties(dates, rows);
    if (!found.length) return null;
    return make(
      "div",
      { class: "zx-daily" },
      make("p", { class: "zx-subhead" }, `每天要做的（${found.length} 项）`),
      make(
        "ul",
        { class: "zx-plain" },
        ...found.map((n) => {
          const duty = dates.data.duties[n];
          return make(
            "li",
            {},
            link(duty.page, duty.name),
            make("span", { class: "zx-under" }, `${duty.often} · ${who(dates, duty)}`),
          );
        }),
      ),
    );
  }

  // --- a box of what comes next -------------------------------------------------------------------

  function ending(dates, last) {
    if (last <= dates.last) return null;
    return make(
      "p",
      { class: "zx-note" },
      `手册的日期只排到${long(dates.last)}，之后的要等手册更新。`,
    );
  }

  const remembered = {
    get: () => {
      try {
        return localStorage.getItem("zhixing-unit") || "";
      } catch {
        return "";
      }
    },
    set: (id) => {
      try {
        localStorage.setItem("zhixing-unit", id);
      } catch {
        // a browser that keeps nothing: the choice holds for this page
      }
    },
  };

  function fillBox(dates, box) {
    const { actors, receives, unit, duty, most, pick } = box.dataset;
    const now = today();
    const body = make("div", {});
    const show = (unitId) => {
      const filter = {
        duty,
        actors: actors && new Set(actors.split(" ")),
        receives: receives ? dates.data.recipients.indexOf(receives) : undefined,
        unit: unitId ? dates.data.units.findIndex((u) => u[0] === unitId) : undefined,
      };
      if (filter.unit === -1) filter.unit = undefined;
      const ahead = duty || receives; // the next ones, however far
      const last = ahead ? dates.last : now + SOON - 1;
      const rows = dates.between(now, last, filter);
      const single = duty ? rows : rows.filter((row) => !isDaily(dates, row));
      const shown = single.slice(0, most ? Number(most) : undefined);
      const more = single.length - shown.length;
      const said = ahead
        ? single.length
          ? `今天是${long(now)}，接下来${receives ? "应当收到" : "的日子"}：`
          : `今天是${long(now)}，排到的日期里没有下一次了。`
        : `今天是${long(now)}，未来 ${SOON} 天到期 ${single.length} 项。`;
      body.replaceChildren(
        make("p", { class: "zx-coming__said" }, said),
        make("ul", { class: "zx-dues" }, ...shown.map((row) => item(dates, row, now, true))),
        ...[
          more && !ahead ? make("p", {}, `另有 ${more} 项，`, toCalendar(dates, unitId)) : null,
          more && ahead ? make("p", {}, `排到${long(dates.last)}，还有 ${more} 次。`) : null,
          legend(dates, shown),
          duty ? null : most && !unitId ? countDaily(dates, rows) : everyDay(dates, rows),
          ahead ? null : ending(dates, last),
          ahead && now > dates.last ? ending(dates, now) : null,
        ].filter(Boolean),
      );
    };
    const extra = [];
    if (pick) {
      const choice = make(
        "select",
        { id: "zx-mine", onchange: () => (remembered.set(choice.value), show(choice.value)) },
        make("option", { value: "" }, "全行"),
        ...dates.data.units.map((u) => make("option", { value: u[0] }, u[2])),
      );
      choice.value = remembered.get();
      if (choice.selectedIndex < 0) choice.value = "";
      extra.push(labelled("我的机构", "zx-mine", choice));
      show(choice.value);
    } else {
      show(unit);
    }
    box.replaceChildren(...extra, body);
  }

  function toCalendar(dates, unit) {
    const page = link(dates.data.page, "看报送日历");
    if (unit) page.href += `#unit=${unit}`;
    return page;
  }

  // --- the calendar ---------------------------------------------------------------------------------

  const VIEWS = [
    ["soon", `未来 ${SOON} 天`],
    ["list", "按月列表"],
    ["month", "月历"],
  ];

  class Desk {
    constructor(dates, place) {
      this.dates = dates;
      this.place = place;
      this.now = today();
      const { y, m } = parts(Math.min(Math.max(this.now, dates.base), dates.last));
      const narrow = matchMedia("(max-width: 700px)").matches;
      this.state = {
        view: narrow ? "soon" : "month", month: `${y}-${String(m).padStart(2, "0")}`,
        role: "", level: "", unit: "", document: "", each: "",
      };
      this.day = null;
      this.read();
      this.build();
      this.show();
      addEventListener("hashchange", () => {
        if (location.hash.slice(1) !== this.written) {
          this.read();
          this.show();
        }
      });
      addEventListener("beforeprint", () => this.plan());
      matchMedia("print").addEventListener("change", (event) => event.matches && this.plan());
    }

    // what a reader chose stands in the address, so that it can be kept and sent on

    read() {
      const given = new URLSearchParams(location.hash.slice(1));
      const allowed = {
        view: VIEWS.map(([code]) => code),
        month: this.months(),
        role: this.dates.data.roles.map((r) => r[0]),
        level: this.dates.data.levels,
        unit: this.dates.data.units.map((u) => u[0]),
        document: this.dates.data.documents.map((d) => d[0]),
        each: ["1"],
      };
      for (const name of Object.keys(this.state)) {
        if (allowed[name].includes(given.get(name))) this.state[name] = given.get(name);
      }
    }

    write() {
      const said = Object.entries(this.state).filter(([, value]) => value);
      this.written = new URLSearchParams(said).toString();
      try {
        history.replaceState(null, "", `#${this.written}`);
      } catch {
        // a browser that forbids it for files: nothing is lost but the address
      }
    }

    months() {
      const out = [];
      const { y, m } = parts(this.dates.last);
      for (let at = parts(this.dates.base); at.y < y || (at.y === y && at.m <= m); ) {
        out.push(`${at.y}-${String(at.m).padStart(2, "0")}`);
        at = at.m === 12 ? { y: at.y + 1, m: 1 } : { y: at.y, m: at.m + 1 };
      }
      return out;
    }

    filter() {
      const { data } = this.dates;
      const role = data.roles.find((r) => r[0] === this.state.role);
      const pick = (rows, value) => {
        const at = rows.findIndex((row) => row === value || row[0] === value);
        return at < 0 ? undefined : at;
      };
      return {
        actors: role && new Set(role[1].map((a) => data.actors[a][0])),
        level: pick(data.levels, this.state.level),
        unit: pick(data.units, this.state.unit),
        document: pick(data.documents, this.state.document),
      };
    }

    // --- controls

    select(field, label, options) {
      const id = `zx-cal-${field}`;
      const node = make("select", { id, onchange: () => this.set({ [field]: node.value }) });
      node.append(...options.map(([value, text]) => make("option", { value }, text)));
      this.fields[field] = node;
      return labelled(label, id, node);
    }

    button(text, act, given = {}) {
      return make("button", { type: "button", class: "zx-cal__button", onclick: act, ...given }, text);
    }

    build() {
      const { data } = this.dates;
      this.fields = {};
      const each = make("input", {
        type: "checkbox", onchange: () => this.set({ each: each.checked ? "1" : "" }),
      });
      this.each = each;
      const levels = data.levels.filter((_, n) => data.units.some((u) => u[3] === n));
      const filters = make(
        "div",
        { class: "zx-cal__filters", role: "group", "aria-label": "筛选" },
        this.select("role", "岗位", [["", "全部"], ...data.roles.map((r) => [r[0], r[0]])]),
        this.select("level", "机构层级", [["", "全部"], ...levels.map((l) => [l, l])]),
        this.select("unit", "机构", []),
        this.select("document", "文件", [["", "全部"], ...data.documents]),
        this.button("清除筛选", () =>
          this.set({ role: "", level: "", unit: "", document: "" }),
        ),
      );
      this.tabs = VIEWS.map(([code, text]) => this.button(text, () => this.set({ view: code })));
      this.steps = make(
        "div",
        { class: "zx-cal__steps", role: "group", "aria-label": "换月" },
        this.button("‹ 上月", () => this.step(-1)),
        this.select("month", "月份", this.months().map((m) => [m, m.replace("-", "年") + "月"])),
        this.button("下月 ›", () => this.step(1)),
        this.button("回到今天", () => this.back()),
      );
      this.print = this.button("", () => {
        this.plan();
        print();
      });
      this.said = make("p", { class: "zx-cal__said", role: "status" });
      this.feeds = make("p", { class: "zx-cal__feeds" });
      this.body = make("div", { class: "zx-cal__body" });
      this.year = make("div", { class: "zx-plan" });
      this.place.replaceChildren(
        filters,
        make(
          "div",
          { class: "zx-cal__bar" },
          make("div", { role: "group", "aria-label": "怎样看", class: "zx-cal__tabs" }, ...this.tabs),
          this.steps,
          make("label", { class: "zx-cal__field" }, each, " 逐日列出每天要做的"),
          this.print,
        ),
        this.said,
        this.body,
        this.feeds,
        this.year,
      );
    }

    set(change) {
      Object.assign(this.state, change);
      if ("level" in change && change.level) {
        const chosen = this.dates.data.units.find((u) => u[0] === this.state.unit);
        if (chosen && this.dates.data.levels[chosen[3]] !== change.level) this.state.unit = "";
      }
      this.show();
    }

    step(by) {
      const months = this.months();
      const at = months.indexOf(this.state.month) + by;
      if (at >= 0 && at < months.length) this.set({ month: months[at] });
    }

    back() {
      const { y, m } = parts(Math.min(Math.max(this.now, this.dates.base), this.dates.last));
      this.day = this.now;
      this.set({ month: `${y}-${String(m).padStart(2, "0")}` });
    }

    // --- showing

    show() {
      const { data } = this.dates;
      const { state } = this;
      const units = data.units.filter((u) => !state.level || data.levels[u[3]] === state.level);
      this.fields.unit.replaceChildren(
        make("option", { value: "" }, "全部"),
        ...units.map((u) => make("option", { value: u[0] }, u[2])),
      );
      for (const [field, node] of Object.entries(this.fields)) node.value = state[field];
      this.each.checked = Boolean(state.each);
      this.tabs.forEach((tab, n) => tab.setAttribute("aria-pressed", VIEWS[n][0] === state.view));
      this.steps.hidden = state.view === "soon";
      this.print.textContent = `打印${state.month.slice(0, 4)}年全年计划`;
      const [y, m] = state.month.split("-").map(Number);
      this.first = state.view === "soon" ? this.now : dayOf(y, m, 1);
      this.end = state.view === "soon" ? this.now + SOON - 1 : dayOf(y, m + 1, 1) - 1;
      this.rows = this.dates.between(this.first, this.end, this.filter());
      this.single = this.rows.filter((row) => state.each || !isDaily(this.dates, row));
      const months = this.months();
      const buttons = this.steps.querySelectorAll("button");
      buttons[0].disabled = state.month === months[0];
      buttons[1].disabled = state.month === months[months.length - 1];
      this.tell();
      this.body.replaceChildren(
        ...[
          state.view === "month" ? this.grid() : this.list(this.single),
          legend(this.dates, this.single),
          state.each ? null : everyDay(this.dates, this.rows),
          state.view === "soon" ? ending(this.dates, this.end) : null,
        ].filter(Boolean),
      );
      this.write();
    }

    tell() {
      const { state } = this;
      const span =
        state.view === "soon"
          ? `今天是${long(this.now)}，未来 ${SOON} 天`
          : `${state.month.slice(0, 4)}年${Number(state.month.slice(5))}月`;
      const year = Number(state.month.slice(0, 4));
      const known = state.view === "soon" || this.dates.data.announced.includes(year);
      this.said.textContent =
        `${span}到期 ${this.single.length} 项。` +
        (known ? "" : `国务院还没有公布${year}年的放假安排，休息日暂按周末推算。`);
      const chosen = this.dates.data.units.find((u) => u[0] === state.unit);
      const role = this.dates.data.roles.find((r) => r[0] === state.role);
      const links = chosen
        ? [[chosen[0], chosen[2]]]
        : role
          ? role[1].map((a) => this.dates.data.actors[a])
          : [["all", "全部义务"]];
      this.feeds.replaceChildren(
        "订阅：",
        ...links.flatMap(([id, text], n) => [n ? "、" : "", feed(id, `${text}（.ics）`)]),
      );
    }

    list(rows) {
      if (!rows.length) return make("p", { class: "zx-note" }, "这段时间没有到期的事项。");
      const days = [...new Set(rows.map((row) => row.due))];
      return make(
        "div",
        { class: "zx-cal__list" },
        ...days.map((day) =>
          make(
            "div",
            { class: "zx-cal__group" },
            make("h3", { class: "zx-subhead" }, yearly(day, this.now), ...this.marks(day)),
            make(
              "ul",
              { class: "zx-dues" },
              ...rows.filter((row) => row.due === day).map((r) => item(this.dates, r, this.now)),
            ),
          ),
        ),
      );
    }

    marks(day) {
      const name = this.dates.off.get(day);
      if (name) return [make("span", { class: "zx-label" }, `休 ${name}`)];
      if (this.dates.worked.has(day)) return [make("span", { class: "zx-label" }, "班")];
      return [];
    }

    grid() {
      const offset = weekday(this.first);
      const cells = Array.from({ length: offset }, () => make("td", {}));
      for (let day = this.first; day <= this.end; day += 1) cells.push(this.cell(day));
      while (cells.length % 7) cells.push(make("td", {}));
      const weeks = [];
      for (let n = 0; n < cells.length; n += 7) weeks.push(make("tr", {}, ...cells.slice(n, n + 7)));
      if (this.day === null || this.day < this.first || this.day > this.end) {
        this.day = this.now >= this.first && this.now <= this.end ? this.now : this.first;
      }
      const table = make(
        "table",
        { class: "zx-month", onkeydown: (event) => this.walk(event) },
        make(
          "caption",
          {},
          `${parts(this.first).y}年${parts(this.first).m}月`,
          make("span", { class: "zx-month__keys" }, "；方向键换日，PageUp 和 PageDown 换月"),
        ),
        make(
          "thead",
          {},
          make("tr", {}, ...[...NAMES].map((n) => make("th", { scope: "col" }, n))),
        ),
        make("tbody", {}, ...weeks),
      );
      this.below = make("div", { class: "zx-cal__day", "aria-live": "polite" });
      const whole = make("div", {}, table, this.below);
      this.choose(this.day, table);
      return whole;
    }

    cell(day) {
      const rows = this.single.filter((row) => row.due === day);
      const marks = this.marks(day);
      const label = [
        short(day),
        day === this.now ? "今天" : "",
        marks.map((mark) => mark.textContent).join(""),
        rows.length ? `${rows.length} 项` : "没有到期的",
      ];
      const classes = ["zx-month__cell"];
      if (this.dates.offDay(day)) classes.push("zx-month__cell--off");
      if (day === this.now) classes.push("zx-month__cell--today");
      return make(
        "td",
        { class: classes.join(" ") },
        make(
          "button",
          {
            type: "button", class: "zx-month__day", "data-day": day, tabindex: "-1",
            "aria-label": label.filter(Boolean).join("，"), onclick: () => this.choose(day),
          },
          make("span", {}, String(parts(day).d)),
          rows.length ? make("span", { class: "zx-month__count" }, String(rows.length)) : null,
        ),
        ...marks,
        make(
          "ul",
          { class: "zx-month__names" },
          ...rows.slice(0, FEW).map((row) => make("li", {}, name(this.dates, row))),
          rows.length > FEW
            ? make("li", { class: "zx-under" }, `另有 ${rows.length - FEW} 项`)
            : null,
        ),
      );
    }

    choose(day, table = this.body) {
      this.day = day;
      for (const button of table.querySelectorAll(".zx-month__day")) {
        const ours = Number(button.dataset.day) === day;
        button.tabIndex = ours ? 0 : -1;
        button.setAttribute("aria-pressed", ours);
      }
      const rows = this.single.filter((row) => row.due === day);
      this.below.replaceChildren(
        make("h3", { class: "zx-subhead" }, `${yearly(day, this.now)}`, ...this.marks(day)),
        rows.length
          ? make("ul", { class: "zx-dues" }, ...rows.map((row) => item(this.dates, row, this.now)))
          : make("p", { class: "zx-note" }, "这一天没有到期的事项。"),
      );
    }

    walk(event) {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
      const pages = { PageUp: -1, PageDown: 1 }[event.key];
      if (!event.target.dataset.day || (!by && !pages)) return;
      event.preventDefault();
      const before = this.state.month;
      if (pages) {
        this.step(pages);
      } else {
        const day = this.day + by;
        if (day < this.dates.base || day > this.dates.last) return;
        this.day = day;
        if (day < this.first || day > this.end) this.step(Math.sign(by));
        else this.choose(day);
      }
      if (before !== this.state.month || by) {
        this.body.querySelector(`[data-day="${this.day}"]`)?.focus();
      }
    }

    // --- the year on paper

    plan() {
      const year = Number(this.state.month.slice(0, 4));
      const rows = this.dates.between(dayOf(year, 1, 1), dayOf(year, 12, 31), this.filter());
      const { data } = this.dates;
      const unit = data.units.find((u) => u[0] === this.state.unit);
      const chosen = [
        unit ? unit[2] : this.state.level,
        this.state.role,
        data.documents.find((d) => d[0] === this.state.document)?.[1],
      ].filter(Boolean);
      const months = Array.from({ length: 12 }, (_, n) => this.planned(rows, n + 1));
      this.year.replaceChildren(
        make("h2", {}, `${year}年报送计划${chosen.length ? `：${chosen.join("，")}` : ""}`),
        make(
          "p",
          {},
          `${long(this.now)}打印。日期都按北京时间。` +
            (data.announced.includes(year) ? "" : "本年放假安排未公布，休息日暂按周末推算。"),
        ),
        ...[everyDay(this.dates, rows), legend(this.dates, rows), ...months].filter(Boolean),
      );
    }

    planned(rows, month) {
      const ours = rows.filter((row) => parts(row.due).m === month && !isDaily(this.dates, row));
      if (!ours.length) return null;
      const duties = [...new Set(ours.map((row) => row.duty))];
      return make(
        "table",
        { class: "zx-plan__month" },
        make("caption", {}, `${month} 月`),
        make(
          "thead",
          {},
          make("tr", {}, ...["到期日", "事项", "谁来做", "出处"].map((t) => make("th", { scope: "col" }, t))),
        ),
        make(
          "tbody",
          {},
          ...duties.map((n) => {
            const duty = this.dates.data.duties[n];
            const found = ours.filter((row) => row.duty === n);
            const times = [...new Set(found.map((row) => row.state[1]).filter(Boolean))].join("、");
            return make(
              "tr",
              {},
              make("td", {}, found.map((row) => `${parts(row.due).d}日`).join("、")),
              make("th", { scope: "row" }, duty.name, times && `（${times}）`, marksOf(found)),
              make("td", {}, who(this.dates, duty)),
              make("td", {}, duty.cite),
            );
          }),
        ),
      );
    }
  }

  // --- links to subscribe to --------------------------------------------------------------------------

  function copyButtons() {
    if (!location.protocol.startsWith("http")) return;
    for (const line of document.querySelectorAll("li.zx-feed")) {
      const anchor = line.querySelector("a");
      const button = make("button", {
        type: "button", class: "zx-cal__button zx-cal__button--small",
        "aria-label": `复制链接：${anchor.textContent}`,
        onclick: async () => {
          try {
            await navigator.clipboard.writeText(anchor.href);
            button.textContent = "已复制";
          } catch {
            prompt("请复制这个链接", anchor.href);
          }
        },
      });
      button.textContent = "复制链接";
      line.append(" ", button);
    }
  }

  // --- beginning --------------------------------------------------------------------------------------

  const boxes = document.querySelectorAll(".zx-coming");
  const place = document.getElementById("zx-calendar");
  copyButtons();
  for (const fold of document.querySelectorAll("details[data-fold]")) fold.open = false;
  // what was not handed in yet on the data date: how long is left, by the day it is read
  for (const spot of document.querySelectorAll("[data-due]")) {
    const days = fromIso(spot.dataset.due) - today();
    spot.textContent = days < 0 ? "到期在数据日期之后，后来交没交还看不到" : left(days);
  }
  if (!boxes.length && !place) return;
  const script = make("script", { src: new URL("calendar-data.js", ROOT).href });
  script.addEventListener("load", () => {
    const dates = new Dates(window.ZHIXING_CALENDAR);
    boxes.forEach((box) => fillBox(dates, box));
    if (place) new Desk(dates, place);
  });
  script.addEventListener("error", () => {
    const told = "日期没有取到：手册旁边缺 calendar-data.js，请重新拷贝整个手册。";
    for (const spot of [...boxes, ...(place ? [place] : [])]) {
      spot.replaceChildren(make("p", { class: "zx-note" }, told));
    }
  });
  document.head.append(script);
})();
