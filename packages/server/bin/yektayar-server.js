#!/usr/bin/env node
import '../dist/standalone/command.js'
