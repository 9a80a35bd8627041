import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const backend = 'http://localhost:3000'

export default defineConfig({
  plugins: [vue()],
  define: {
    // The page uses only the composition API of vue-i18n, without its components and devtools.
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  // The server ships the built page, so that its CLI can show it at once.
  build: { outDir: '../../packages/server/demo', emptyOutDir: true },
  server: {
    port: 5173,
    proxy: {
      '/api': backend,
      '/health': backend,
      '/socket.io': { target: backend, ws: true },
    },
  },
})
