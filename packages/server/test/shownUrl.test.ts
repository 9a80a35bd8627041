import { expect, it } from 'vitest'
import { shownUrl } from '../src/shared/shownUrl.js'

it.each([
  ['https://app.example.org/path', 'https://app.example.org/path'],
  ['https://me:secret@app.example.org', 'https://…@app.example.org'],
  ['mysql://me:se@cret/with@host/base', 'mysql://…@host/base'],
  ['https://app.example.org/?token=secret', 'https://app.example.org/?…'],
  ['https://app.example.org#secret', 'https://app.example.org?…'],
  ['x'.repeat(1_000), 'x'.repeat(200)],
])('%s is shown as %s', (address, shown) => {
  expect(shownUrl(address)).toBe(shown)
})
