import { z } from 'zod'
import type { Json } from './jsonValue.js'

/** Any JSON value inside of an object that Zod checks; how deep it may nest is bounded elsewhere. */
export const anyJson = z.custom<Json>((value) => value !== undefined)
