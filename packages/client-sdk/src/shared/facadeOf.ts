/**
 * What an app gets of an engine, which is an object of a class: a frozen object with the named
 * members and nothing else. Properties read the engine each time, and methods are bound to it, so
 * that a framework may wrap the facade in a proxy and an app may take its methods off it.
 *
 * @param replaced methods in place of the engine's own
 */
export function facadeOf<Engine extends object, Name extends keyof Engine>(
  engine: Engine,
  names: readonly Name[],
  replaced: Partial<Pick<Engine, Name>> = {},
): Readonly<Pick<Engine, Name>> {
  const facade = {}
  const methods = Object.getPrototypeOf(engine) as object
  for (const name of names) {
    // The engine may be under construction, so its getters are not called here.
    const method: unknown = Object.getOwnPropertyDescriptor(methods, name)?.value
    Object.defineProperty(facade, name, {
      enumerable: true,
      ...(typeof method === 'function'
        ? { value: replaced[name] ?? (method.bind(engine) as unknown) }
        : { get: () => engine[name] }),
    })
  }
  return Object.freeze(facade as Pick<Engine, Name>) // it has every name by now
}
