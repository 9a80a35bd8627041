import { arrivalLoaded, arrivalUnsent } from './arrival.mjs'
import { besideWrites, besideWritesP99, loopBesideWrites } from './besideWrites.mjs'
import { catchUp10k, catchUp50k } from './catchUp.mjs'
import { clientCalls } from './clientCalls.mjs'
import { connect } from './connect.mjs'
import { durable } from './durable.mjs'
import { durable1, durable1BesideEcho } from './durable1.mjs'
import { echo } from './echo.mjs'
import { fanOut } from './fanOut.mjs'
import { joinCrowd, joinCrowdEvents, joinCrowdLoop } from './joinCrowd.mjs'
import { joinSmall } from './joinSmall.mjs'
import { heapWithIdle, memory, processWithIdle } from './memory.mjs'
import { publish, publishBlocks } from './publish.mjs'
import { roundTrips } from './roundTrips.mjs'
import { start, startAgain, startCpu } from './start.mjs'
import { storm, stormCost, stormLoop } from './storm.mjs'
import { idleBesideForeign, idleBesideForeignCommits, idleServer } from './twoServers.mjs'
import { wireBytes } from './wireBytes.mjs'

/** All scenarios by name, in the order of the table. */
export const scenarios = {
  echo1: echo(1, 1.05),
  echo1Bare: echo(1, 1.1, 'echo:bare'),
  echo20: echo(20, 0.9),
  connect,
  storm,
  stormLoop,
  stormCost,
  joinSmall: joinSmall({ target: 1.3 }),
  joinSmallFull: joinSmall({ messages: 20, target: 1.3 }),
  joinSmallBare: joinSmall({ control: 'room:join' }),
  joinCrowd,
  joinCrowdEvents,
  joinCrowdLoop,
  fanOut,
  durable,
  durable1,
  durable1BesideEcho,
  publish,
  publishBlocks,
  besideWrites,
  besideWritesP99,
  loopBesideWrites,
  idleBesideForeignCommits,
  idleServer,
  idleBesideForeign,
  memory,
  heapWithIdle,
  processWithIdle,
  start,
  startCpu,
  startAgain,
  clientCalls1: clientCalls(1, 1.15),
  clientCalls20: clientCalls(20, 1.15),
  arrivalLoaded,
  arrivalUnsent,
  catchUp10k,
  catchUp50k,
  roundTripsCold: roundTrips(false, 4),
  roundTripsWarm: roundTrips(true, 3.2), // 3, and what the processors add
  bytesUp: wireBytes('up', 150),
  bytesDown: wireBytes('down', 180),
}

/** Those that `--quick` runs, in about three minutes: what needs no crowd and no long preparation. */
export const quickScenarios = [
  ...['echo1', 'echo1Bare', 'echo20', 'connect', 'joinSmall', 'fanOut', 'durable', 'durable1'],
  ...['publish', 'besideWrites', 'start', 'clientCalls1', 'clientCalls20'],
  ...['roundTripsCold', 'roundTripsWarm', 'bytesUp', 'bytesDown'],
]
