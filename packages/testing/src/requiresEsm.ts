/**
 * What a test runner gets that can only `require()`, in place of an error about the syntax of a file.
 * Node.js itself can require ES modules, and gets the package.
 */
throw new Error(
  '@yektayar/testing cannot be required here, because its server is an ES module: use @yektayar/testing/fake, which needs no server, or run Jest with NODE_OPTIONS=--experimental-vm-modules and write the test as an ES module.',
)
