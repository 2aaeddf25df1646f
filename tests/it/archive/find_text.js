// What pdf.js reads from a PDF, page by page, joined as its viewer joins it for searching.
const pdfjs = require(process.argv[2]);
const data = new Uint8Array(require("node:fs").readFileSync(process.argv[3]));

(async () => {
  const pdf = await pdfjs.getDocument({ data, isEvalSupported: false }).promise;
  for (let number = 1; number <= pdf.numPages; number++) {
    const content = await (await pdf.getPage(number)).getTextContent();
    console.log(content.items.map((item) => item.str + (item.hasEOL ? "\n" : "")).join(""));
  }
})();
