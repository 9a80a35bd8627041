import type { Json } from './jsonValue.js'

/**
 * `Value` where it survives JSON, or has a `toJSON()` whose result does; else its shape with a sentence
 * at each member that does not. Interfaces are as good as type aliases, which `Json` itself cannot say.
 * `undefined` may be a member: JSON leaves it out.
 */
export type Jsonable<Value> = JsonOf<Value, 'converted'>

/** As `Jsonable`, but what has a `toJSON()` is refused as well, since a reader gets its JSON. */
export type UnchangedJson<Value> = JsonOf<Value, 'unchanged'>

type Mode = 'converted' | 'unchanged'

type JsonOf<Value, As extends Mode> = [Value] extends [Json] // by far the most common, and `any`
  ? Value
  : Value extends undefined
    ? Explain<'undefined is not JSON: send null'>
    : JsonMember<Value, As>

type JsonMember<Value, As extends Mode> = Value extends Json | undefined
  ? Value
  : unknown extends Value
    ? As extends 'unchanged'
      ? Value // a schema's own word
      : Explain<'unknown may be anything: check it with a schema first'>
    : Value extends object
      ? JsonObject<Value, As>
      : Value extends bigint
        ? Explain<'a bigint is not JSON: send a string'>
        : Explain<'a symbol is not JSON: send a string'>

type JsonObject<Value extends object, As extends Mode> = Value extends (...args: never) => unknown
  ? Explain<'a function is not JSON: send its result'>
  : Value extends readonly unknown[]
    ? { [Index in keyof Value]: JsonOf<Value[Index], As> }
    : Value extends Binary
      ? Explain<'binary data and files are not JSON: send a URL, or base64'>
      : Value extends { toJSON(...args: never): infer Output }
        ? As extends 'unchanged'
          ? Explain<'what has a toJSON() is its result for a reader: use the schema of that'>
          : [Output] extends [Jsonable<Output>]
            ? Value
            : Explain<'its toJSON() returns what is not JSON'>
        : Value extends { readonly [Symbol.iterator]: unknown }
          ? Explain<'a Map, Set or iterator is not JSON: send an array'>
          : Value extends Opaque
            ? Explain<'an instance of a class is not JSON: send a plain object'>
            : { [Key in keyof Value]: JsonMember<Value[Key], As> }

/** Also `Blob` and `File`, without the types of a browser. */
type Binary =
  ArrayBufferLike | ArrayBufferView | { readonly arrayBuffer: (...args: never) => unknown }

type Opaque = RegExp | Error | PromiseLike<unknown> | WeakMap<WeakKey, unknown> | WeakSet<WeakKey>

/** What a compiler's message shows in place of a type; no value has it. */
export type Explain<Text extends string> = `✗ ${Text}`

/**
 * One value of each kind of JSON: a schema that takes all of them takes any JSON. By `Json` itself
 * `z.json()` would not count, since its arrays are not readonly.
 */
export type JsonOfEachKind = null | true | 0 | '' | never[] | Record<string, never>
