/** What is there at once, or later. */
export type MaybePromise<Value> = Value | PromiseLike<Value>

/** Goes on with a value: at once where it is there, since a turn through a promise has its price. */
export function whenSettled<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** Does work and goes on with how it ended: at once where it did so at once. */
export function whenDone<Value>(
  work: () => MaybePromise<Value>,
  succeed: (value: Value) => void,
  fail: (error: unknown) => void,
): void {
  let value: MaybePromise<Value>
  try {
    value = work()
  } catch (error) {
    fail(error)
    return
  }
  if (isPromise(value)) value.then(succeed, fail)
  else succeed(value)
}

/** All of some values: at once where all of them are there. */
export function whenAll<Value>(values: readonly MaybePromise<Value>[]): MaybePromise<Value[]> {
  if (values.some(isPromise)) return Promise.all(values.map((value) => Promise.resolve(value)))
  return values as Value[] // none of them is a promise
}

/** Whether a value will be there later. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
