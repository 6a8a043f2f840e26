//go:build tinygo

package sdk

// Warm does nothing. What standard Go's runtime sets up lazily TinyGo has at
// compile time, and it has no recover on Wasm: a method that crashed on an empty
// request would spoil the image.
func (s *Service) Warm() {}

// warming reports whether a call is part of the warm-up: there is none.
func warming(*Ctx) bool { return false }
