import { describe, expect, it } from 'vitest'
import { TransportOrder } from '../src/connection/transportOrder.js'
import { RACE_DELAY_MS, RACE_DELAY_SILENT_MS } from '../src/shared/limits.js'

const both = ['websocket', 'polling'] as const

describe('the order of transports', () => {
  it('gives the next one a chance sooner where no WebSocket has answered', () => {
    const order = new TransportOrder(both)
    expect(order.delayMs).toBe(RACE_DELAY_MS)
    order.admitted('polling', false)
    expect(order.delayMs).toBe(RACE_DELAY_MS)
    order.admitted('polling', true)
    expect(order.delayMs).toBe(RACE_DELAY_SILENT_MS)
    order.admitted('websocket', false)
    expect(order.delayMs).toBe(RACE_DELAY_MS)
  })

  it('begins with polling after a WebSocket that did not last, until one was admitted', () => {
    const order = new TransportOrder(both)
    order.avoidWebSocket()
    expect([order.names, order.isUpgrading]).toEqual([['polling', 'websocket'], false])
    expect(order.delayMs).toBe(RACE_DELAY_MS) // the WebSocket is the second one
    order.admitted('polling', false)
    expect([order.names, order.isUpgrading]).toEqual([both, true])
    expect(order.delayMs).toBe(RACE_DELAY_SILENT_MS)
  })

  it('changes after an attempt in which nothing was admitted, and back', () => {
    const order = new TransportOrder(both)
    order.rotate()
    expect(order.names).toEqual(['polling', 'websocket'])
    order.rotate()
    expect(order.names).toEqual(both)
  })

  it('has one transport where there is no other', () => {
    const order = new TransportOrder(['websocket'])
    order.avoidWebSocket()
    expect(order.names).toEqual(['websocket'])
  })
})
