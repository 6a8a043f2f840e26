package quota

import (
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// Warning says that four fifths of a quota are used.
type Warning struct {
	Org string
	// StoredBytes is true for bytes in state, false for gas.
	StoredBytes bool
	Used, Quota uint64
}

// Event returns the warning as the platform announces it.
func (w Warning) Event() proto.Message {
	resource := chanceryv1.QuotaResource_QUOTA_RESOURCE_GAS
	if w.StoredBytes {
		resource = chanceryv1.QuotaResource_QUOTA_RESOURCE_STORED_BYTES
	}
	return &chanceryv1.QuotaWarning{Org: w.Org, Resource: resource, Used: w.Used, Quota: w.Quota}
}
