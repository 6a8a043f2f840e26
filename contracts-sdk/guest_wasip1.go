//go:build wasip1

package sdk

// Call serves the call for which the host entered the guest. The generated main
// package exports it as chancery_v1_call.
func (s *Service) Call() { s.Run(guest{}) }
