/** A value, or a promise for it. */
export type MaybePromise<Value> = Value | PromiseLike<Value>

/** Continues with a value; synchronously if it is no promise, since awaiting has a cost. */
export function whenSettled<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  if (!isPromise(value)) return next(value)
  // What an app has made may be thenable and no promise, whose `then()` returns nothing.
  return (value instanceof Promise ? value : Promise.resolve(value)).then(next)
}

/** Runs work and calls back with its outcome; synchronously if the work was synchronous. */
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

/** Like `Promise.all()`, but synchronous if no value is a promise. */
export function whenAll<Value>(values: readonly MaybePromise<Value>[]): MaybePromise<Value[]> {
  if (values.some(isPromise)) return Promise.all(values.map((value) => Promise.resolve(value)))
  return values as Value[] // none of them is a promise
}

/** Whether a value is a promise. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
