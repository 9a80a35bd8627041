import { describe, expect, it } from 'vitest'
import { textDirection } from '../src/chat/textDirection.js'

describe('the direction of a message', () => {
  it.each([
    'سلام، حالتان چطور است؟',
    'YektaYar را نصب کردم و کار می‌کند',
    '@yektayar/client نصب شد، ممنون',
    'https://example.com/a/very/long/path/of/words را ببینید',
    'me@example.com نشانی من است',
    '😀 خوبم',
    '3 بار قطع شد',
    '۳ بار قطع شد',
    'OK ممنون',
    'createYektaYar({ autoConnect: true }) خطای عجیبی به من می‌دهد',
  ])('is rtl for %j', (text) => {
    expect(textDirection(text)).toBe('rtl')
  })

  it.each([
    'Good evening',
    'سلام is the Persian word for hello',
    'I said سلام to her',
    'see https://example.com/سلام now',
    '1. first things first',
    'Привет, как дела',
  ])('is ltr for %j', (text) => {
    expect(textDirection(text)).toBe('ltr')
  })

  it.each(['', '  ', '123', '😀', '…!', 'https://example.com'])(
    'is the page’s for %j, which has no words',
    (text) => {
      expect(textDirection(text)).toBeUndefined()
    },
  )
})
