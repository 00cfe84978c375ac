import Measurement

extension OperationHistory: OperationSource {}
