/**
 * The facade of an engine (an instance of a class) for apps: a frozen object with only the named
 * members. Properties read from the engine each time. Methods are bound to the engine, so that a
 * framework may wrap the facade in a proxy and an app may destructure its methods.
 *
 * @param replaced methods that replace the engine's own
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
  return Object.freeze(facade as Pick<Engine, Name>) // it has all names now
}
