import type { memoryStorage } from '../../src/index.js'

/** The stored token, which the client's next attempt would present. */
export async function storedToken(storage: ReturnType<typeof memoryStorage>, url: string) {
  const text = await storage.get(`yektayar:session:${url}`)
  return typeof text === 'string' ? (JSON.parse(text) as { token: string }).token : undefined
}
