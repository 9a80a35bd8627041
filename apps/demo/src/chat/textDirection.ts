/** Addresses, which say nothing about the language around them. */
const addresses = /(?:https?:\/\/|www\.)\S+|\S+@\S+\.\S+/giu

/** Letters of scripts that are written from right to left. */
const rightToLeft =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

/**
 * The direction of a text by its words. `dir="auto"` goes by the first letter alone, so a Persian
 * sentence that begins with an English name would be written from left to right.
 *
 * With as many words of each direction it is `rtl`: names and terms in Latin letters are common in
 * Persian, the reverse is rare. A text without words has the direction of the page.
 */
export function textDirection(text: string): 'ltr' | 'rtl' | undefined {
  let balance = 0
  let words = 0
  for (const word of text.replaceAll(addresses, ' ').split(/\s+/u)) {
    const [letter] = /\p{L}/u.exec(word) ?? []
    if (letter === undefined) continue
    words++
    balance += rightToLeft.test(letter) ? 1 : -1
  }
  if (words === 0) return undefined
  return balance >= 0 ? 'rtl' : 'ltr'
}
