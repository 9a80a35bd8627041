import { startPostgres } from '@yektayar/testing'

const { url } = await startPostgres()
console.log(url)
setInterval(() => undefined, 1_000)
