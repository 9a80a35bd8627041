import { clientErrorCodes, serverErrorCodes } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { YektaYarError } from '../src/index.js'
import { errorText, errorTexts } from '../src/texts.js'

const codes = [...new Set([...serverErrorCodes, ...clientErrorCodes])].sort()
const ZWNJ = '\u200c'

describe.each([
  ['English', errorTexts.en],
  ['Persian', errorTexts.fa],
])('the texts in %s', (_name, texts) => {
  it('are there for each code, and for nothing else', () => {
    expect(Object.keys(texts).sort()).toEqual(codes)
  })

  it('are different sentences for people, none of which names a code or a part of the machinery', () => {
    const sentences = Object.values(texts)
    expect(new Set(sentences).size).toBe(codes.length)
    for (const sentence of sentences) {
      expect(sentence).toMatch(/^.{8,100}\.$/u)
      expect(sentence).not.toMatch(
        /_|\b(token|socket|server|outbox|command|origin|payload|store)\b/i,
      )
      expect(codes.filter((code) => sentence.toLowerCase().split(/\W+/).includes(code))).toEqual([])
    }
  })
})

describe('the texts in Persian', () => {
  const sentences = Object.values(errorTexts.fa)

  it('are Persian letters only: no Arabic ones, and no Latin ones', () => {
    for (const sentence of sentences) expect(sentence).not.toMatch(/[يكةۀA-Za-z0-9٠-٩]/u)
  })

  it('have half-spaces where Persian has them, and nowhere else', () => {
    for (const sentence of sentences) {
      expect(sentence).not.toMatch(/(^|\s)(ن?می) /u) // the prefix of a verb
      expect(sentence).not.toMatch(/ (ها|های|هایی|تر|ترین|اند)(?=[\s.،])/u) // suffixes
      for (const [index, character] of Array.from(sentence).entries()) {
        if (character !== ZWNJ) continue
        const around = [sentence[index - 1], sentence[index + 1]].join('')
        expect(around).toMatch(/^\p{Letter}{2}$/u)
      }
    }
  })
})

describe('the text for an error', () => {
  it('is the one of its code', () => {
    const error = new YektaYarError('unauthorized', 'signIn: Wrong credentials')
    expect(errorText(error, 'en')).toBe(errorTexts.en.unauthorized)
    expect(errorText(error, 'fa')).toBe(errorTexts.fa.unauthorized)
  })

  it.each([
    new Error('secret'),
    'secret',
    { code: 'constructor' },
    { code: 7 },
    Object.create(null),
  ])('says that something went wrong for %o', (error: unknown) => {
    expect(errorText(error, 'fa')).toBe(errorTexts.fa.internal_error)
  })

  it.each([undefined, null])('is empty for %s', (error) => {
    expect(errorText(error, 'en')).toBe('')
  })

  it('is an app’s own, where it has some', () => {
    const texts = { ...errorTexts.en, unauthorized: 'No.' }
    expect(errorText({ code: 'unauthorized' }, texts)).toBe('No.')
    expect(errorText({ code: 'timeout' }, texts)).toBe(errorTexts.en.timeout)
  })

  it('is in English for a language that has no texts', () => {
    expect(errorText({ code: 'timeout' }, 'toString' as 'en')).toBe(errorTexts.en.timeout)
  })
})
