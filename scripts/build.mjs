import { main } from './lib/main.mjs'
import { setUp } from './lib/setUp.mjs'

await main(() => setUp({ forceBuild: !process.argv.includes('--if-changed') }))
