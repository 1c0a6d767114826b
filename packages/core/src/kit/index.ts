export {
  BoundedExporter,
  type BatchExporter,
  type BoundedExporterOptions,
  type ExportOutcome,
} from "./bounded-exporter.js";
