package tx

import (
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

func checkExecute(m *chanceryv1.Execute) error {
	if _, _, err := SplitContractName(m.GetContract()); err != nil {
		return err
	}
	if err := CheckMethodName(m.GetMethod()); err != nil {
		return err
	}
	return checkPayload("payload", m.GetPayload())
}

func checkPayload(field string, payload []byte) error {
	if n := len(payload); n > MaxPayloadBytes {
		return apperr.Invalid(field, "has %d bytes, more than %d", n, MaxPayloadBytes)
	}
	return nil
}

func checkUploadCode(m *chanceryv1.UploadCode) error {
	if len(m.GetCodeGzip()) == 0 {
		return apperr.Invalid("code_gzip", "is empty")
	}
	return nil
}

// checkCodeAction checks what an upgrade and a proposal of one have in common.
func checkCodeAction(actsFor, contract string, codeHash []byte, payloadField string, payload []byte) error {
	if err := checkOwned(actsFor, contract); err != nil {
		return err
	}
	if err := checkCodeHash(codeHash); err != nil {
		return err
	}
	return checkPayload(payloadField, payload)
}

func checkCodeHash(hash []byte) error {
	if len(hash) != 32 {
		return apperr.Invalid("code_hash", "has %d bytes, not 32", len(hash))
	}
	return nil
}
