import { createFakeClient } from '@yektayar/testing/fake'
import { createYektaYar } from '../../src/index.js'

/** A plugin with a fake client, so no server is needed. */
export function openFake() {
  const fake = createFakeClient()
  const client = fake as unknown as ReturnType<typeof createYektaYar>['client']
  return { fake, plugin: createYektaYar({ client }), [Symbol.asyncDispose]: () => fake.close() }
}
