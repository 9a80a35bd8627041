import { z } from 'zod'
import type { Json } from './jsonValue.js'

/** Any JSON value inside of an object that Zod checks; its nesting depth is limited elsewhere. */
export const anyJson = z.custom<Json>((value) => value !== undefined)
