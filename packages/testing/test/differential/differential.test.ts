import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { seededRandom } from '../../src/seededRandom.js'
import { compare, shrink } from './compare.js'
import { drawSequence } from './operation.js'

const LENGTH = 25
const { DIFFERENTIAL_SEED: seed = '1', DIFFERENTIAL_SEQUENCES: sequences = '6' } = process.env
const seeds = Array.from({ length: Number(sequences) }, (_, index) => Number(seed) + index)

it.each(seeds)(
  'the fake and a server answer alike to the sequence of seed %i',
  { timeout: 300_000 },
  async (seed) => {
    const sequence = drawSequence(seededRandom(seed), LENGTH)
    const difference = await compare(sequence)
    if (!difference) return
    const shortest = await shrink(sequence)
    const last = (await compare(shortest)) ?? difference
    console.error(`Seed ${String(seed)} differs after\n${inspect(shortest, { depth: null })}`)
    expect(last.server).toEqual(last.fake)
    throw new Error('The difference comes and goes: something is not waited for')
  },
)
