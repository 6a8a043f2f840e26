// Package engine runs prepared Wasm modules. It is the only importer of wazero,
// so that nothing else depends on which engine runs a guest.
//
// A module is compiled once ([Engine.Compile]). From it an [Image] is made: the
// guest's memory and globals after its own initialisation. Instances of an image
// start as copies of it, run one call each, and are put back to the image by
// [Instance.Reset], which restores only the memory pages that the call wrote where
// the operating system can tell ([ResetScan], [ResetPagemap]).
//
// How a call ended is told by a [Stop], never by text: wazero's error texts hold
// stack traces and are for logs alone.
package engine
