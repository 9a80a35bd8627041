import { expect, it } from 'vitest'
import * as doctor from '../src/index.js'

it('the package holds these values', () => {
  expect(Object.keys(doctor)).toEqual(['examine'])
})
