// What remark.js itself makes of decks: the lexer and parser are taken out of its bundle and run without a browser.
//
//     node remark.js BUNDLE < TEXTS > SLIDES
//
// TEXTS is a JSON list of decks; SLIDES is a list of slides for each, or null where remark refuses a deck.
"use strict";
const fs = require("fs");

const bundle = fs.readFileSync(process.argv[2], "utf8");

function load(name, require) {
  const at = bundle.indexOf("module.exports = " + name + ";");
  const head = "[function(require,module,exports){";
  const start = bundle.lastIndexOf(head, at) + head.length;
  const module = { exports: {} };
  const code = bundle.slice(start, bundle.indexOf("\n},{", at));
  new Function("require", "module", "exports", code)(require, module, module.exports);
  return module.exports;
}

const Lexer = load("Lexer", () => ({}));
const Parser = load("Parser", () => Lexer);

function sections(content) {
  return content.flatMap((piece) => (typeof piece === "string" ? [] : [piece.class, ...sections(piece.content)]));
}

function slides(text) {
  try {
    return new Parser().parse(text, {}).map((slide) => ({
      continued: slide.properties.continued === "true",
      class: slide.properties.class || "",
      sections: sections(slide.content),
    }));
  } catch {
    return null; // a macro that is not defined
  }
}

console.log(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(slides)));
