import type { memoryStorage } from '../../src/index.js'

/** The token that the client would present at its next attempt. */
export async function storedToken(storage: ReturnType<typeof memoryStorage>, url: string) {
  const text = await storage.get(`yektayar:session:${url}`)
  return typeof text === 'string' ? (JSON.parse(text) as { token: string }).token : undefined
}
