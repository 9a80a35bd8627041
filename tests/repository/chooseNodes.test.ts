import { expect, it } from 'vitest'
import { chooseNodes } from '../../scripts/cluster/chooseNodes.mjs'

const node = (number: number, load = 0, isReady = true) => ({
  name: `Node ${number}`,
  url: `http://127.0.0.1:${number}` as string | undefined,
  isReady,
  load,
})
const keys = Array.from({ length: 200 }, (_, number) => `127.0.0.1 window${number}`)

it('the node with the fewest connections comes first, and only ready ones are tried', () => {
  const nodes = [node(1, 3), node(2, 0, false), node(3, 1)]
  expect(chooseNodes(nodes).map(({ name }) => name)).toEqual(['Node 3', 'Node 1'])
})

it('if no node is ready, those that listen are tried', () => {
  const ended = { ...node(1, 0, false), url: undefined }
  expect(chooseNodes([ended, node(2, 0, false)]).map(({ name }) => name)).toEqual(['Node 2'])
  expect(chooseNodes([ended])).toEqual([])
})

it('a key keeps its node whatever the connections, and moves only when that node ends', () => {
  const first = (nodes: ReturnType<typeof node>[], key: string) => chooseNodes(nodes, key)[0]?.name
  const before = keys.map((key) => first([node(1), node(2), node(3)], key))
  expect(keys.map((key) => first([node(3, 9), node(1, 5), node(2)], key))).toEqual(before)
  expect(new Set(before).size).toBe(3)

  const after = keys.map((key) => first([node(1), node(3)], key))
  const moved = before.filter((name, index) => name !== after[index])
  expect(new Set(moved)).toEqual(new Set(['Node 2']))
})
