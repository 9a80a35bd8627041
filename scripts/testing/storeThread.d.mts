import type { Plugin } from 'vite'

export function storeThread(): Plugin
export default function buildStoreThread(): Promise<void>
