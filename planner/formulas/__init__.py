"""One formula family per module: functions of arrays with their source, combined by the modules above."""
