import { expect, it } from 'vitest'
import { readServerPlace } from '../src/serverPlace.js'

const pageOf = (head: string): Document =>
  new DOMParser().parseFromString(`<head>${head}</head>`, 'text/html')

it('is where the page says', () => {
  const head =
    '<meta name="yektayar-path" content="/v1/live"><meta name="yektayar-base-path" content="/v1">'
  expect(readServerPlace(pageOf(head))).toEqual({ path: '/v1/live', basePath: '/v1' })
})

it('is the default of the client where the page says nothing', () => {
  expect(readServerPlace(pageOf(''))).toEqual({ path: undefined, basePath: undefined })
})
