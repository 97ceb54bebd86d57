// What differs between two texts, word by word. Pure.

/** Some words that stand together, and whether the other text lacks them. */
export type Piece = { text: string; changed: boolean }

/** Both texts in pieces: what they share, as much as can be, and what only one of them has. */
export function compareWords(before: string, after: string): { before: Piece[]; after: Piece[] } {
  const [old, young] = [wordsOf(before), wordsOf(after)]
  const shared = sharedAt(old, young)
  return {
    before: piecesOf(old, new Set(shared.map(([index]) => index))),
    after: piecesOf(young, new Set(shared.map(([, index]) => index))),
  }
}

/** Words and the blanks between them. */
const wordsOf = (text: string): string[] => text.split(/(\s+)/).filter((word) => word !== '')

/** The places of the words of a longest common sequence, in both texts. */
function sharedAt(old: readonly string[], young: readonly string[]): (readonly [number, number])[] {
  /** For each pair of places, how many words are shared from there on. */
  const longest = Array.from({ length: old.length + 1 }, () => new Uint16Array(young.length + 1))
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = young.length - 1; j >= 0; j--)
      longest[i]![j] =
        old[i] === young[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!)
  const shared: (readonly [number, number])[] = []
  for (let i = 0, j = 0; i < old.length && j < young.length; ) {
    if (old[i] === young[j]) shared.push([i++, j++])
    else if (longest[i + 1]![j]! >= longest[i]![j + 1]!) i++
    else j++
  }
  return shared
}

/** A blank between two words that changed has changed with them. */
function piecesOf(words: readonly string[], shared: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = []
  for (const [at, text] of words.entries()) {
    const isBetween = !/\S/.test(text) && !shared.has(at - 1) && !shared.has(at + 1)
    const changed = isBetween || !shared.has(at)
    const last = pieces.at(-1)
    if (last?.changed === changed) last.text += text
    else pieces.push({ text, changed })
  }
  return pieces
}
