//go:build !wasip1

package sdk

import "embed"

// Source is the SDK's own source. "chancery contract new" lays it down beside a
// contract, as a module with this path, so that contracts build on closed networks;
// the SDK needs no other module.
//
//go:embed *.go wire pattern sdktest money date idcodes commit
var Source embed.FS
