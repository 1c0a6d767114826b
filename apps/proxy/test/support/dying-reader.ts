// Loaded before the command line, it ends every process that is to read a changed file.
if (process.env["MODELYARD_READER"] !== undefined) process.exit(3);
