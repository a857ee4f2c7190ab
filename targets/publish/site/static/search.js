/* Search in the browser: MiniSearch ranks bigrams, whole phrases come first. No network. */
(function () {
  "use strict";

  // --- text -----------------------------------------------------------------------------------
  // Full-width and upper-case forms match their plain ones; the length stays, so that a position
  // found in the folded text is the position in the text shown.
  const fold = (text) =>
    text.replace(/[A-Z\u3000\uff01-\uff5e\uffe0-\uffe6]/g, (c) => c.normalize("NFKC").toLowerCase());

  const QUOTES = "\"'“”‘’「」『』《》〈〉";
  const QUOTE = new RegExp(`[${QUOTES}]`, "g");
  const HAN = /\p{Script=Han}/u;
  const LETTER = "(?!\\p{Script=Han})[\\p{L}\\p{N}]";
  const WORD = `${LETTER}(?:${LETTER}|_|[.,:/-](?=${LETTER}))*[%‰]?`;
  // A Latin word or a number ends where Chinese begins: 731工作法 is 731, 工, 作, 法.
  const UNIT = new RegExp(`\\p{Script=Han}|${WORD}`, "gu");
  // White space and punctuation part runs; quotation marks do not part a phrase.
  const RUN = new RegExp(`(?:\\p{Script=Han}|${WORD})+`, "gu");

  const runsOf = (text) =>
    (fold(text).replace(QUOTE, "").match(RUN) || []).map((run) => run.match(UNIT));

  function termsOf(text) {
    const terms = [];
    for (const units of runsOf(text)) {
      units.forEach((unit, i) => {
        if (!HAN.test(unit)) {
          terms.push(unit);
          for (const part of unit.split(/[^\p{L}\p{N}]+/u)) {
            if (part && part !== unit) terms.push(part);
          }
        }
        const next = units[i + 1];
        if (next !== undefined) terms.push(unit + next);
      });
    }
    return terms;
  }

  // MiniSearch keeps terms in a prefix tree whose nodes are scanned child by child: thousands of
  // characters side by side make that slow, their code points as digits do not.
  const spelled = new Map();
  function spell(term) {
    return term.replace(/\p{Script=Han}/gu, (c) => {
      if (!spelled.has(c)) spelled.set(c, `~${c.codePointAt(0).toString(36)}`);
      return spelled.get(c);
    });
  }

  // --- query ----------------------------------------------------------------------------------
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

  // Finds the phrase in a shown text whatever quotation marks or spaces stand inside it.
  function phrasePattern(units) {
    const body = units.map(escape).join(`[\\s${QUOTES}]*`);
    // A number is found whole (7 is no part of 70 or 1,700); a word may be typed in part.
    const before = HAN.test(units[0]) ? "" : `(?<!${LETTER})(?<!\\p{N}[.,])`;
    const after = /\p{N}$/u.test(units[units.length - 1]) ? "(?![.,]?\\p{N})" : "";
    return new RegExp(before + body + after, "gu");
  }

  function parse(query) {
    const phrases = runsOf(query).map((units) => ({
      units,
      pattern: phrasePattern(units),
      single: units.length === 1 && HAN.test(units[0]),
    }));
    const terms = phrases
      .filter((phrase) => !phrase.single)
      // A number with its percent sign is meant as it stands, so its parts are not asked for.
      .flatMap(({ units }) => (units.length === 1 ? units : termsOf(units.join(""))));
    return { phrases, terms: Array.from(new Set(terms)) };
  }

  const found = (pattern, text) => {
    pattern.lastIndex = 0;
    return pattern.test(text);
  };

  // --- index ----------------------------------------------------------------------------------
  function buildIndex(documents) {
    const sections = documents.sections.map(([page, anchor, title, text, keywords], id) => ({
      id,
      page,
      anchor,
      title,
      text,
      keywords,
      pageTitle: documents.pages[page][1],
      folded: { title: fold(title), text: fold(text), keywords: fold(keywords) },
    }));
    const index = new MiniSearch({
      fields: ["title", "keywords", "pageTitle", "text"],
      tokenize: termsOf,
      processTerm: spell,
      searchOptions: {
        boost: { title: 3, keywords: 3, pageTitle: 1.5, text: 1 },
        // Whoever types the beginning of a Latin name finds it; a number is taken as it is.
        prefix: (term) => /^[a-z]/.test(term),
      },
    });
    index.addAll(sections);
    return { index, sections };
  }

  // A phrase that stands whole ranks above its scattered pairs; in a title above the text.
  function phraseFactor(section, phrases) {
    let factor = 1;
    for (const { pattern, units } of phrases) {
      const length = units.join("").length;
      if (section.folded.title.replace(QUOTE, "") === units.join("")) factor *= 12;
      else if (found(pattern, section.folded.title)) {
        factor *= 4 + (4 * length) / Math.max(section.folded.title.length, length);
      } else if (found(pattern, section.folded.keywords)) factor *= 5;
      else if (found(pattern, section.folded.text)) factor *= 3;
    }
    return factor;
  }

  const holds = (section, pattern) =>
    found(pattern, section.folded.title) ||
    found(pattern, section.folded.keywords) ||
    found(pattern, section.folded.text);

  const NEAR = 0.4;

  function search(engine, query) {
    const { phrases, terms } = parse(query);
    if (!phrases.length) return { phrases, hits: [], exact: true };
    const singles = phrases.filter((phrase) => phrase.single);
    const factors = new Map(); // asked for once a term, worked out once a section
    const boostDocument = (id) => {
      if (!factors.has(id)) factors.set(id, phraseFactor(engine.sections[id], phrases));
      return factors.get(id);
    };
    const filter = (result) =>
      singles.every((phrase) => holds(engine.sections[result.id], phrase.pattern));
    const run = (combineWith) =>
      engine.index.search(terms.length ? query : MiniSearch.wildcard, {
        tokenize: () => terms,
        combineWith,
        filter,
        boostDocument,
      });
    let hits = run("AND");
    const exact = hits.length > 0;
    // What holds a small part of a long query only is no near result.
    if (!exact && terms.length > 1) {
      hits = run("OR").filter((hit) => hit.queryTerms.length >= terms.length * NEAR);
    }
    return { phrases, exact, hits: hits.map((hit) => engine.sections[hit.id]) };
  }

  // --- showing --------------------------------------------------------------------------------
  const SNIPPET = 110;
  const LEAD = 30;
  const PAGES_SHOWN = 20;
  const SIBLINGS_SHOWN = 4;

  function rangesIn(folded, phrases) {
    const ranges = [];
    const collect = (pattern) => {
      pattern.lastIndex = 0;
      for (const match of folded.matchAll(pattern)) {
        ranges.push([match.index, match.index + match[0].length]);
      }
    };
    for (const { units, pattern } of phrases) {
      const before = ranges.length;
      collect(pattern);
      if (ranges.length === before && units.length > 1) {
        units.slice(1).forEach((unit, i) => collect(phrasePattern([units[i], unit])));
      }
    }
    ranges.sort((a, b) => a[0] - b[0]);
    return ranges.reduce((merged, range) => {
      const last = merged[merged.length - 1];
      if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
      else merged.push(range);
      return merged;
    }, []);
  }

  function marked(text, folded, phrases, from, to) {
    const fragment = document.createDocumentFragment();
    let at = from;
    for (const [start, end] of rangesIn(folded, phrases)) {
      if (end <= from || start >= to) continue;
      fragment.append(text.slice(at, Math.max(start, from)));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(Math.max(start, from), Math.min(end, to));
      fragment.append(mark);
      at = Math.min(end, to);
    }
    fragment.append(text.slice(at, to));
    return fragment;
  }

  function snippet(section, phrases) {
    const ranges = rangesIn(section.folded.text, phrases);
    // The place where most of the query stands together is the place to show.
    let from = 0;
    let most = 0;
    for (const [start] of ranges) {
      const within = ranges
        .filter(([s, e]) => s >= start && e <= start + SNIPPET - LEAD)
        .reduce((sum, [s, e]) => sum + e - s, 0);
      if (within > most) [from, most] = [Math.max(0, start - LEAD), within];
    }
    const to = Math.min(section.text.length, from + SNIPPET);
    const paragraph = element("p", "zx-search-snippet");
    if (from > 0) paragraph.append("…");
    paragraph.append(marked(section.text, section.folded.text, phrases, from, to));
    if (to < section.text.length) paragraph.append("…");
    return paragraph;
  }

  function element(tag, className, ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
  }

  function linkTo(documents, section, className, ...children) {
    const link = element("a", className, ...children);
    const [path] = documents.pages[section.page];
    link.href = path + (section.anchor ? `#${encodeURIComponent(section.anchor)}` : "");
    return link;
  }

  function showPage(documents, group, phrases) {
    const [first, ...others] = group;
    const [, pageTitle, kind] = documents.pages[first.page];
    const heading = element("h2", "zx-search-title");
    const link = linkTo(documents, first, "");
    link.append(marked(pageTitle, fold(pageTitle), phrases, 0, pageTitle.length));
    if (first.title && first.title !== pageTitle) {
      link.append(
        element("span", "zx-search-separator", " › "),
        marked(first.title, first.folded.title, phrases, 0, first.title.length),
      );
    }
    heading.append(link);
    if (kind) heading.append(element("span", "zx-search-kind", kind));
    const item = element("li", "zx-search-hit", heading);
    if (first.text) item.append(snippet(first, phrases));
    const siblings = others.filter((section) => section.title).slice(0, SIBLINGS_SHOWN);
    if (siblings.length) {
      const line = element("p", "zx-search-siblings", "同页：");
      siblings.forEach((section, i) => {
        if (i) line.append("、");
        line.append(linkTo(documents, section, "", section.title));
      });
      item.append(line);
    }
    return item;
  }

  function show(engine, documents, query, { list, count, more }) {
    list.replaceChildren();
    more.hidden = true;
    if (!query.trim()) {
      count.textContent = "请输入要查找的词语、数字或名称。";
      return;
    }
    const { hits, phrases, exact } = search(engine, query);
    const groups = new Map();
    for (const section of hits) {
      if (!groups.has(section.page)) groups.set(section.page, []);
      groups.get(section.page).push(section);
    }
    if (!groups.size) {
      count.textContent = `没有找到“${query}”。可以换一个说法、减少几个字，或只输入关键的两个字。`;
      return;
    }
    const pages = Array.from(groups.values());
    const extend = () => {
      const first = list.children.length;
      const added = pages.slice(first, first + PAGES_SHOWN);
      list.append(...added.map((group) => showPage(documents, group, phrases)));
      more.hidden = list.children.length === pages.length;
      return list.children[first];
    };
    more.onclick = () => extend().querySelector("a").focus();
    extend();
    const total = `${groups.size} 个页面、${hits.length} 处`;
    count.textContent = exact
      ? `找到 ${total}。`
      : `没有完全符合“${query}”的内容，以下 ${total}含有其中一部分。`;
  }

  // --- page -----------------------------------------------------------------------------------
  const documents = window.ZHIXING_DOCUMENTS;
  const form = document.querySelector(".zx-search-page form.bd-search");
  const input = form.querySelector("input[name=q]");
  const list = document.getElementById("zx-search-results");
  const places = {
    list,
    count: document.getElementById("zx-search-count"),
    more: document.getElementById("zx-search-more"),
  };
  const engine = buildIndex(documents);
  const run = () => show(engine, documents, input.value, places);

  let timer = 0;
  let composing = false; // a half-typed pinyin is no query yet
  function remember(push) {
    const url = new URL(window.location.href);
    if (input.value.trim()) url.searchParams.set("q", input.value);
    else url.searchParams.delete("q");
    if (url.href !== window.location.href) {
      window.history[push ? "pushState" : "replaceState"](null, "", url);
    }
  }
  function readAddress() {
    input.value = new URL(window.location.href).searchParams.get("q") || "";
    run();
  }
  const later = () => {
    window.clearTimeout(timer);
    if (!composing) {
      timer = window.setTimeout(() => {
        remember(false);
        run();
      }, 120);
    }
  };
  input.addEventListener("compositionstart", () => (composing = true));
  input.addEventListener("compositionend", () => {
    composing = false;
    later();
  });
  input.addEventListener("input", later);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    window.clearTimeout(timer);
    remember(true);
    run();
  });
  // Arrow keys walk from the field through the results and back.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...list.querySelectorAll("h2 a")];
    const at = stops.indexOf(document.activeElement);
    const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
  window.addEventListener("popstate", readAddress);

  window.ZHIXING_SEARCH = (query) =>
    search(engine, query).hits.map((section) => documents.pages[section.page][0] + (section.anchor ? `#${section.anchor}` : ""));
  readAddress();
  input.focus();
})();
