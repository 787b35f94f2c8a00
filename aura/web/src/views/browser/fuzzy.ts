// Finding by a few letters: every word of a query has to be in a text, as it stands or letter by letter. Pure.

/** How well a text answers a query, higher is better; undefined where it does not. An empty query fits everything. */
export function fit(query: string, text: string): number | undefined {
  const low = text.toLowerCase();
  let sum = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const score = wordFit(word, low);
    if (score === undefined) return undefined;
    sum += score;
  }
  return sum;
}

/** What fits a query, the best first; those that fit alike stay in their order. */
export function found<T>(query: string, all: readonly T[], text: (item: T) => string): T[] {
  const scored = all.flatMap((item) => {
    const score = fit(query, text(item));
    return score === undefined ? [] : [{ item, score }];
  });
  return scored.sort((a, b) => b.score - a.score).map(({ item }) => item);
}

function wordFit(word: string, text: string): number | undefined {
  const at = text.indexOf(word);
  if (at === 0) return 100;
  if (at > 0) return /[\s\-_/·]/.test(text[at - 1] ?? '') ? 80 : 60;
  return word.length > 2 ? lettersFit(word, text) : undefined;
}

/** Letters in order, within one word of the text. */
function lettersFit(word: string, text: string): number | undefined {
  for (const part of text.split(/[\s/·]+/)) {
    let at = -1;
    const fits =
      part.startsWith(word[0] ?? '') && [...word].every((letter) => (at = part.indexOf(letter, at + 1)) >= 0);
    if (fits) return Math.max(40 - (at + 1 - word.length) * 4, 5);
  }
  return undefined;
}
